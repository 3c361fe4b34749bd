package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func plainSecret(namespace, name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Type: corev1.SecretTypeOpaque, Data: map[string][]byte{"k": []byte("PLAINTEXT-" + name)}}
}

func TestSurvey(t *testing.T) {
	managed, empty := plainSecret("a", "managed"), plainSecret("a", "empty")
	managed.Labels = map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps"}
	empty.Data = nil
	mixed := sealedSecret("a", "mixed", derived, 1, map[string]string{"k": "x"})
	mixed.Data["plain"] = []byte("PLAINTEXT")
	cluster := newFakeCluster(plainSecret("a", "one"), plainSecret("b", "two"), plainSecret("kube-system", "k"),
		plainSecret("sys", "own"), managed, empty, mixed,
		sealedSecret("a", "sealed", derived, 1, map[string]string{"k": "x"}))
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	all, err := c.Survey(t.Context(), Selection{}, "sys")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range all {
		left := "sealable"
		if one.Left != nil {
			left = string(one.Left.Reason)
		}
		got = append(got, fmt.Sprintf("%s/%s %s", one.Namespace, one.Name, left))
	}
	want := "a/empty no-entries, a/managed managed, a/mixed sealable, a/one sealable, a/sealed already-sealed, " +
		"b/two sealable, kube-system/k system-namespace, sys/own system-namespace"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
	if cluster.count("list") != 1 || cluster.count("get") != 0 {
		t.Errorf("requests %v", cluster.requests)
	}
	if strings.Contains(fmt.Sprintf("%+v", all), "PLAINTEXT") {
		t.Error("the survey has a value")
	}
	named, err := c.Survey(t.Context(), Selection{Namespaces: []string{"a"}, Names: []string{"one", "absent"}}, "sys")
	if err != nil || len(named) != 2 || !errors.Is(named[0].Err, kube.ErrNotFound) || named[1].Left != nil {
		t.Errorf("%+v, %v", named, err)
	}
}

// TestCreateLiveChecksAgain: a Secret that changes between the list and the write is checked as it is then, at each
// attempt.
func TestCreateLiveChecksAgain(t *testing.T) {
	cluster, v := newFakeCluster(plainSecret("a", "s")), newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	cluster.before = func(verb, _ string) error {
		if verb == "patch" {
			cluster.before = nil
			changed := plainSecret("a", "s")
			changed.OwnerReferences = []metav1.OwnerReference{{Kind: "Certificate", Name: "app"}}
			cluster.put(changed)
		}
		return nil
	}
	r := CreateRequest{Namespace: "a", Name: "s", Live: true, IfExists: Merge, Adopt: true, DryRun: DryRunNone}
	_, err := c.Create(t.Context(), r)
	var left *sealed.LeftError
	if !errors.As(err, &left) || left.Reason != sealed.LeftOwned {
		t.Errorf("%v", err)
	}
	if live := cluster.get("a/s"); string(live.Data["k"]) != "PLAINTEXT-s" {
		t.Errorf("it was sealed: %v", live)
	}
}

// TestCreateEach: what is true of a namespace is not tried again in it, what is true of all ends it.
func TestCreateEach(t *testing.T) {
	cluster := newFakeCluster(plainSecret("a", "one"), plainSecret("b", "one"), plainSecret("b", "two"),
		plainSecret("c", "one"))
	v, logins := newFakeVault(derived), map[string]int{}
	c := newTestClient(t, cluster, v, "transit/derived")
	c.vault = func(namespace string) vault { return refusing{v, namespace, logins} }
	var requests []CreateRequest
	for _, place := range []string{"a/one", "b/one", "b/two", "c/one"} {
		namespace, name, _ := strings.Cut(place, "/")
		requests = append(requests, CreateRequest{Namespace: namespace, Name: name, Live: true, IfExists: Merge,
			Adopt: true, DryRun: DryRunClient})
	}
	var got []string
	yield := func(r CreateRequest, result *CreateResult, err error) error {
		got = append(got, fmt.Sprintf("%s/%s %t", r.Namespace, r.Name, err == nil && result.Secret != nil))
		return nil
	}
	if err := c.CreateEach(t.Context(), requests, yield); err != nil {
		t.Fatal(err)
	}
	if want := "a/one true, b/one false, b/two false, c/one true"; strings.Join(got, ", ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
	}
	if logins["b"] != 1 {
		t.Errorf("%d logins in b, want 1", logins["b"])
	}
	got = nil
	c.vault = func(string) vault { return unreachable{v} }
	if err := c.CreateEach(t.Context(), requests, yield); !errors.Is(err, transit.ErrUnreachable) || len(got) > 0 {
		t.Errorf("%v, %v", err, got)
	}
}

// refusing has no account in the namespace b.
type refusing struct {
	*fakeVault

	namespace string
	logins    map[string]int
}

func (r refusing) Login(context.Context) error {
	r.logins[r.namespace]++
	if r.namespace == "b" {
		return &kube.AccountError{Account: config.Account{Namespace: "b", Name: "vaultseal"},
			Err: kube.ErrAccountNotFound}
	}
	return nil
}

type unreachable struct{ *fakeVault }

func (unreachable) Login(context.Context) error { return transit.ErrUnreachable }
