package engine

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

func openToChange(t *testing.T, c *Client, entry string) *Opened {
	t.Helper()
	opened, err := c.OpenToChange(t.Context(), "a", "s", entry)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func save(t *testing.T, c *Client, opened *Opened, pairs ...string) (*CreateResult, error) {
	t.Helper()
	entries := map[string][]byte{}
	for n := 0; n < len(pairs); n += 2 {
		entries[pairs[n]] = []byte(pairs[n+1])
	}
	return c.Save(t.Context(), SaveRequest{Opened: opened, Entries: entries, ReadBack: true})
}

// TestSaveWritesWhatDiffers: entries that are as they were keep their ciphertext.
func TestSaveWritesWhatDiffers(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "1", "y": "2", "z": "3"}))
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	before := cluster.get("a/s").Data
	if _, err := save(t, c, openToChange(t, c, ""), "x", "1", "y", "new", "w", "4"); err != nil {
		t.Fatal(err)
	}
	after := cluster.get("a/s").Data
	if names := slices.Sorted(maps.Keys(after)); !slices.Equal(names, []string{"w", "x", "y"}) ||
		string(after["x"]) != string(before["x"]) {
		t.Errorf("%v, and x was sealed anew: %v", names, string(after["x"]) != string(before["x"]))
	}
	if opened := mustOpen(t, c, "a", "s"); string(opened["y"]) != "new" || string(opened["w"]) != "4" {
		t.Errorf("%q", opened)
	}
	writes := cluster.count("patch")
	if result, err := save(t, c, openToChange(t, c, ""), "x", "1", "y", "new", "w", "4"); err != nil ||
		!result.Unchanged || cluster.count("patch") != writes {
		t.Errorf("%v, %v", result, err)
	}
}

func TestSaveRefuses(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "s", derived, 1, map[string]string{"x": "1", "y": "2"}))
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	before := cluster.get("a/s")
	one := openToChange(t, c, "x")
	if _, err := save(t, c, one, "x", "1", "y", "over one that was not shown"); err == nil ||
		!strings.Contains(err.Error(), "was not opened") {
		t.Errorf("%v", err)
	}
	all := openToChange(t, c, "")
	if _, err := save(t, c, all); !errors.Is(err, ErrLastEntry) {
		t.Errorf("%v", err)
	}
	if _, err := c.OpenToChange(t.Context(), "a", "s", "absent"); !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if !maps.EqualFunc(cluster.get("a/s").Data, before.Data, slices.Equal[[]byte]) {
		t.Error("changed")
	}
	// Another client writes between open and save.
	if _, err := save(t, c, openToChange(t, c, "y"), "y", "theirs"); err != nil {
		t.Fatal(err)
	}
	if _, err := save(t, c, all, "x", "1", "y", "ours"); !errors.Is(err, kube.ErrConflict) {
		t.Errorf("%v, want a conflict", err)
	}
	if opened := mustOpen(t, c, "a", "s"); string(opened["y"]) != "theirs" {
		t.Errorf("%q", opened)
	}
}

// TestSaveStaysInItsFile: what was opened from a manifest is written to nothing else, neither to the cluster nor over a
// file that has been read again since.
func TestSaveStaysInItsFile(t *testing.T) {
	cluster := newFakeCluster(sealedSecret("a", "b", derived, 1, map[string]string{"x": "live"}))
	c := newTestClient(t, cluster, newFakeVault(derived), "transit/derived")
	inFiles := *c
	m := newFakeFiles(map[string][]string{"1.yaml": {"b"}}, derived, 1)
	inFiles.store = m
	opened, err := inFiles.OpenToChange(t.Context(), "a", "b", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := save(t, c, opened, "x", "new", "y", "y"); err == nil || cluster.count("patch") > 0 {
		t.Errorf("written to the cluster: %v", err)
	}
	again := m.all[0].Secret.DeepCopy()
	again.Data["x"] = []byte(ciphertext(derived.Key, 1, "v1/strict/a/b/x", "theirs").String())
	m.all[0].Secret = again
	if _, err := save(t, &inFiles, opened, "x", "new", "y", "y"); !errors.Is(err, kube.ErrConflict) ||
		len(m.written) > 0 {
		t.Errorf("%v, want a conflict; written %v", err, m.written)
	}
}
