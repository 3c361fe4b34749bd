package engine

import (
	"errors"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestOldestVersion: another client may rotate the key while entries are encrypted, so that they have two versions.
func TestOldestVersion(t *testing.T) {
	set := map[string]transit.Ciphertext{}
	for entry, version := range map[string]int{"a": 3, "b": 2, "c": 4, "d": 2} {
		set[entry] = ciphertext(derived.Key, version, "", "x")
	}
	for range 20 { // a map has another order each time
		if got := oldestVersion(set); got != 2 {
			t.Fatalf("%d", got)
		}
	}
	if got := oldestVersion(nil); got != 0 {
		t.Errorf("of nothing: %d", got)
	}
}

// TestEmptyValueOfAnother: another client sets the entry to an empty value. The old value no longer opens, and has no
// plaintext to compare with.
func TestEmptyValueOfAnother(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "old"}))
	v := newFakeVault(derived)
	cluster.before = func(verb, _ string) error {
		if verb == "patch" && cluster.count("patch") == 1 {
			cluster.put(sealedSecret("a", "s", derived, 2, map[string]string{"x": ""}))
			v.mu.Lock()
			defer v.mu.Unlock()
			v.keys[derived.Key].LatestVersion, v.keys[derived.Key].MinDecryptionVersion = 2, 2
		}
		return nil
	}
	c := newTestClient(t, cluster, v, "transit/derived")
	_, err := setX(t.Context(), c)
	var touched *TouchedError
	if got := mustOpen(t, c, "a", "s"); !errors.As(err, &touched) || len(got["x"]) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}
