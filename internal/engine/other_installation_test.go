package engine

import (
	"errors"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestOtherInstallation: Secrets whose key is in another engine, which Vault denies or does not know, are counted.
func TestOtherInstallation(t *testing.T) {
	theirs := transit.KeyInfo{Key: transit.Key{Mount: "other", Name: "derived"}, Type: "aes256-gcm96", Derived: true,
		LatestVersion: 1, MinDecryptionVersion: 1}
	lost := derived
	lost.Key.Name = "lost"
	cluster := newFakeCluster(
		sealedSecret("a", "mine", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "theirs", theirs, 1, map[string]string{"x": "x", "y": "y"}),
	)
	for _, refusal := range []error{transit.ErrDenied, transit.ErrKeyNotFound} {
		v := newFakeVault(derived, theirs, lost)
		v.fails = func(verb string, key transit.Key) (error, bool) {
			if verb == "key" && key != derived.Key {
				return refusal, false
			}
			return nil, false
		}
		c := newTestClient(t, cluster, v, "transit/derived")
		request := RotateRequest{Retire: &Retire{Keep: 1}}
		report := rotate(t, c, request)
		if report.Summary.OtherInstallation != 1 || report.Summary.Failed != 0 || report.Summary.Left() != 1 ||
			!report.Retirements[0].Retired {
			t.Errorf("%v: %+v, %+v", refusal, report.Summary, report.Retirements)
		}
		if refusal == transit.ErrKeyNotFound {
			verified, err := c.Verify(t.Context(), VerifyRequest{})
			if err != nil || len(verified.Findings) != 0 || verified.Summary.OtherInstallation != 1 ||
				verified.Summary.Secrets != 1 || verified.OtherInstallation[0].Name != "theirs" {
				t.Errorf("%v, %+v", err, verified)
			}
		}
		named, err := c.Rotate(t.Context(),
			RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: []string{"theirs"}}})
		if err != nil || named.Summary.Failed != 1 || !errors.Is(named.Secrets[0].Err, refusal) {
			t.Errorf("named: %v, %+v", err, named)
		}
	}
}

// TestAKeyOfOnesOwnEngineIsNoOtherInstallation: one that only an annotation names, and that does not exist, is broken.
func TestAKeyOfOnesOwnEngineIsNoOtherInstallation(t *testing.T) {
	lost := derived
	lost.Key.Name = "lost"
	cluster := newFakeCluster(sealedSecret("a", "mine", derived, 1, map[string]string{"x": "x"}),
		sealedSecret("a", "s", lost, 1, map[string]string{"x": "x"}))
	report := rotate(t, newTestClient(t, cluster, newFakeVault(derived), "transit/derived"), RotateRequest{})
	if report.Summary != (Counts{Rewrapped: 1, Broken: 1}) {
		t.Errorf("%+v", report.Summary)
	}
}
