package engine

import (
	"encoding/json"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// One Secret's annotation must not keep the others out of the report.
func TestListIsJSONWhateverAnnotationsSay(t *testing.T) {
	for _, text := range []string{"9999-12-31T23:59:59-14:00", "9999999-01-01", "-1", "1970-01-01T00:00:00+14:00"} {
		secret := sealedSecret("a", "hostile", derived, 3, map[string]string{"x": "1"})
		secret.Annotations[sealed.SealedAtAnnotation] = text
		secret.Annotations[sealed.ExpiresAnnotation] = text
		listed, err := newTestClient(t, newFakeCluster(secret), newFakeVault(derived), "transit/derived").
			List(t.Context(), Selection{})
		if err != nil || len(listed) != 1 {
			t.Fatalf("%s: %+v, %v", text, listed, err)
		}
		if _, err := json.Marshal(listed); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

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
