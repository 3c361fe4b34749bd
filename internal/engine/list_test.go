package engine

import (
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestListAndCompare(t *testing.T) {
	cluster := newFakeCluster(
		sealedSecret("a", "new", derived, 3, map[string]string{"x": "1"}),
		sealedSecret("a", "old", derived, 2, map[string]string{"x": "1", "y": "2"}),
	)
	v := newFakeVault(derived)
	c := newTestClient(t, cluster, v, "transit/derived")
	listed, err := c.List(t.Context(), Selection{})
	if err != nil || len(listed) != 2 || listed[1].Sealed() != 2 || listed[1].TransitKey != derived.Key.String() ||
		listed[1].Stale {
		t.Fatalf("%+v, %v", listed, err)
	}
	latest := derived
	latest.LatestVersion = 3
	c.vault = func(string) vault { return newFakeVault(latest) }
	if err := c.Compare(t.Context(), listed); err != nil || listed[0].Stale || !listed[1].Stale ||
		listed[1].LatestVersion != 3 {
		t.Errorf("%+v, %v", listed, err)
	}
	listed[0].TransitKey = transit.Key{Mount: "transit", Name: "gone"}.String()
	listed[0].LatestVersion = 0
	if err := c.Compare(t.Context(), listed); err != nil || listed[0].Reason == "" || listed[0].Stale {
		t.Errorf("%+v, %v", listed[0], err)
	}
}
