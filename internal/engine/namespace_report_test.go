package engine

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestNamespaceReports: of files, each namespace is counted, and only what is in view goes on.
func TestNamespaceReports(t *testing.T) {
	c := newTestClient(t, newFakeCluster(), newFakeVault(derived), "transit/{namespace}")
	p := &pass{client: c, namespaces: map[string]*NamespaceReport{}}
	stored := func(namespace, name, file string, err error) Stored {
		return Stored{Secret: sealedSecret(namespace, name, derived, 1, nil), File: file, Err: err}
	}
	outOfView := fmt.Errorf("secret x: %w", ErrOutOfView)
	page := p.inView([]Stored{stored("b", "1", "f.yaml", nil), stored("a", "2", "f.yaml", nil),
		stored("b", "3", "f.yaml", nil), stored("c", "4", "f.yaml", outOfView), stored("", "5", "f.yaml", nil),
		stored("d", "6", "", nil), stored("e", "7", "f.yaml", nil), stored("g", "8", "f.yaml", nil)})
	var names []string
	for _, each := range page {
		names = append(names, each.Secret.Name)
	}
	if want := []string{"1", "2", "3", "5", "6", "7", "8"}; !slices.Equal(names, want) {
		t.Errorf("in view are %q, want %q", names, want)
	}
	noAccount := func(of string) error {
		account := config.Account{Namespace: of, Name: "vaultseal"}
		return &kube.AccountError{Account: account, Err: kube.ErrAccountNotFound}
	}
	report := &RotationReport{Secrets: []SecretRotation{
		{Namespace: "a", Err: noAccount("a")},                                                       // its own account
		{Namespace: "b", Err: noAccount("elsewhere")},                                               // another one
		{Namespace: "e", TransitKey: "transit/e", Err: fmt.Errorf("x: %w", transit.ErrKeyNotFound)}, // its configured key
		{Namespace: "g", TransitKey: "transit/of-an-annotation", Err: transit.ErrKeyNotFound},
	}}
	want := []NamespaceReport{{"a", 1, NotSetUp}, {"b", 2, InView}, {"c", 1, OutOfView}, {"e", 1, NotSetUp},
		{"g", 1, InView}}
	if got := p.namespaceReports(report.failures()); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	c.keys = newTestClient(t, newFakeCluster(), newFakeVault(derived), "transit/shared").keys
	shared := namespaceFailure{"e", "transit/shared", transit.ErrKeyNotFound}
	if c.notSetUp(shared) {
		t.Error("a namespace is not set up because a key of all namespaces is gone")
	}
	if other := (namespaceFailure{"e", "transit/shared", transit.ErrDenied}); c.notSetUp(other) {
		t.Error("a denial is taken for a missing key")
	}
}
