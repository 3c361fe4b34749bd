package engine

import (
	"fmt"
	"slices"
	"testing"
)

// TestRotateTellsOfRestarts: it counts the rewrapped Secrets with an annotation that restarts workloads, and reads no
// workload.
func TestRotateTellsOfRestarts(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "quiet", derived, 1, map[string]string{"x": "1"}))
	for i := range 14 {
		secret := sealedSecret("a", fmt.Sprintf("s%02d", i), derived, 1, map[string]string{"x": "1"})
		secret.Annotations["reloader.stakater.com/match"] = "true"
		if i == 3 {
			secret.Annotations["reloader.stakater.com/match"] = "false"
		}
		cluster.put(secret)
	}
	c := newTestClient(t, cluster, newFakeVault(aes("derived", true, 1)), "transit/derived")
	report := rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}}})
	got := report.Restarts
	if got == nil || got.Secrets != 13 || len(got.First) != 10 || got.First[0] != "a/s00" || got.First[3] != "a/s04" ||
		!slices.Equal(got.Annotations, []string{"reloader.stakater.com/match"}) {
		t.Errorf("restarts %+v", got)
	}
	report = rotate(t, c, RotateRequest{Selection: Selection{Namespaces: []string{"a"}}, RewrapOnly: true})
	if report.Restarts != nil {
		t.Errorf("nothing was rewrapped, and it tells of %+v", report.Restarts)
	}
}
