package engine

import (
	"fmt"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestNamedKeysNeedProof: a key is rotated for Secrets that are named or discovered only after an entry has
// authenticated under it, however many there are that do not.
func TestNamedKeysNeedProof(t *testing.T) {
	good := sealedSecret("a", "good", derived, 1, map[string]string{"x": "x"})
	trap := renamed(sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"}), "a", "trap")
	crowd := renamed(trap, "a", "crowd")
	for i := range 1200 {
		crowd.Data[fmt.Sprintf("e%d", i)] = trap.Data["x"]
	}
	hidden := crowd.DeepCopy()
	hidden.Name = "hidden"
	hidden.Data["zz"] = []byte(ciphertext(derived.Key, 1, "v1/strict/a/hidden/zz", "x").String())
	for name, c := range map[string]struct {
		names   []string
		rotated bool
		rewraps int // before the key is rotated, or in all
	}{
		"one that opens":        {[]string{"good"}, true, 1},
		"one that does not":     {[]string{"trap"}, false, 2 + 1}, // and one to find its origin
		"one of each":           {[]string{"good", "trap"}, true, 1},
		"many that do not":      {[]string{"crowd"}, false, 4 + 3 + 1},
		"one that opens of all": {[]string{"hidden"}, true, 4},
	} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(derived)
			before := -1
			v.before = func(verb string) error {
				if verb == "rotate" {
					before = v.count("rewrap")
				}
				return nil
			}
			client := newTestClient(t, newFakeCluster(good, trap, crowd, hidden), v, "transit/derived")
			report := rotate(t, client, RotateRequest{Selection: Selection{Namespaces: []string{"a"}, Names: c.names}})
			key := report.Keys[0]
			if key.Rotated != c.rotated || key.Unproven == c.rotated || key.Pending {
				t.Errorf("%+v", key)
			}
			if before < 0 {
				before = v.count("rewrap")
			}
			if before != c.rewraps {
				t.Errorf("%d rewraps, want %d", before, c.rewraps)
			}
		})
	}
}

// TestDiscoveredKeyIsProvenOnALaterPage: nothing under it was missed on the pages before.
func TestDiscoveredKeyIsProvenOnALaterPage(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "z", derived, 1, map[string]string{"x": "x"}))
	trap := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	for i := range pageSize + 100 {
		cluster.put(renamed(trap, "a", fmt.Sprintf("t%04d", i)))
	}
	v := newFakeVault(derived)
	report := rotate(t, newTestClient(t, cluster, v, "transit/derived"),
		RotateRequest{Selection: Selection{Discover: true}})
	if key := report.Keys[0]; !key.Rotated || key.Unproven || v.count("rotate") != 1 {
		t.Errorf("%+v", key)
	}
	if want := (Counts{Rewrapped: 1, Broken: pageSize + 100}); report.Summary != want {
		t.Errorf("%+v, want %+v", report.Summary, want)
	}
}

// TestUnprovenKeyIsNotRetired: no version of a key is retired for Secrets that do not open with it.
func TestUnprovenKeyIsNotRetired(t *testing.T) {
	trap := sealedSecret("a", "z", plain, 1, map[string]string{"x": "x"})
	trap.Annotations[sealed.TransitKeyAnnotation] = derived.Key.String()
	v := newFakeVault(derived)
	request := retireKeeping(1)
	request.Discover = true
	report := rotate(t, newTestClient(t, newFakeCluster(trap), v, "transit/derived"), request)
	if len(report.Retirements) != 0 || v.count("config") != 0 || !report.Keys[0].Unproven {
		t.Errorf("%+v, %+v", report.Keys, report.Retirements)
	}
}
