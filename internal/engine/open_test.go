package engine

import (
	"errors"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// scoped is a Secret that is sealed with a scope.
func scoped(scope sealed.Scope) *corev1.Secret {
	as := sealed.Secret{Namespace: "a", Name: "s", Key: derived.Key, Scope: scope}
	return Change{As: as, Set: map[string]transit.Ciphertext{
		"x": ciphertext(derived.Key, 1, string(as.Context("x")), "PLAINTEXT"),
	}}.applied()
}

// TestOpenRefusesAWeakerScope: before anything is sent to Vault.
func TestOpenRefusesAWeakerScope(t *testing.T) {
	scopes := []sealed.Scope{sealed.ClusterWide, sealed.NamespaceWide, sealed.Strict}
	for i, scope := range scopes {
		for j, least := range scopes {
			c, v := provingClient(t, least, scoped(scope))
			opened, err := c.Open(t.Context(), "a", "s")
			var weak *ScopeError
			switch {
			case i >= j && (err != nil || string(opened["x"]) != "PLAINTEXT"):
				t.Errorf("%s where %s is accepted: %v", scope, least, err)
			case i < j && (!errors.As(err, &weak) || weak.Scope != scope || weak.Least != least || opened != nil ||
				len(v.items) > 0):
				t.Errorf("%s where %s is accepted: %v, %d requests", scope, least, err, len(v.items))
			}
		}
	}
}

// TestOpenEntriesThatAreMissing: the error says which there are.
func TestOpenEntriesThatAreMissing(t *testing.T) {
	c, v := provingClient(t, sealed.Unbound, sealedSecret("a", "s", derived, 1, map[string]string{"x": "1", "y": "2"}))
	opened, err := c.OpenEntries(t.Context(), "a", "s", []string{"x", "z"})
	var missing *EntryNotFoundError
	if !errors.As(err, &missing) || missing.Entry != "z" || !slices.Equal(missing.Entries, []string{"x", "y"}) ||
		!errors.Is(err, kube.ErrNotFound) || opened != nil || len(v.items) > 0 {
		t.Errorf("%v, %q", err, opened)
	}
}
