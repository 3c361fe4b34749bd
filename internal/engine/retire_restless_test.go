package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestRetireEndsInAClusterThatKeepsChanging: whenever the versions are raised, something that may be of the key appears
// in a new namespace. Whether it is cannot be tested then.
func TestRetireEndsInAClusterThatKeepsChanging(t *testing.T) {
	v := newFakeVault(derived, plain)
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}))
	raised := 0
	v.fails = func(verb string, key transit.Key) (error, bool) {
		if verb == "config" && v.keys[key].MinDecryptionVersion == 1 { // not when they are lowered
			raised++
			looks := renamed(seedSecret("z", "s", plain, 1, "x"), fmt.Sprint("n", raised), "s")
			cluster.put(looks)
		}
		return nil, false
	}
	row := retired(t, newTestClient(t, cluster, v, "transit/derived"), retireKeeping(1))
	if row.Retired || row.State != VersionsStay || !errors.Is(row.Err, errRestless) || raised != retireRounds ||
		minVersions(v, derived) != (transit.MinVersions{Decryption: 1}) {
		t.Errorf("%d times: %+v, %+v", raised, row, minVersions(v, derived))
	}
}
