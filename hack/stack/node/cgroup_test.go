package node

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseHierarchies(t *testing.T) {
	const hybrid = `tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0
cgroup /sys/fs/cgroup/cpuset cgroup rw,relatime,cpuset 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
`
	h, err := parseHierarchies(hybrid)
	if want := []string{"/sys/fs/cgroup/cpuset", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"}; err != nil ||
		!slices.Equal(h.v1, want) || h.v2 != "" {
		t.Errorf("hybrid: %v, %v", h, err)
	}
	h, err = parseHierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n")
	if err != nil || len(h.v1) > 0 || h.v2 != "/sys/fs/cgroup" {
		t.Errorf("version 2: %v, %v", h, err)
	}
	for mounts, want := range map[string]string{
		"cgroup2 /sys/fs/cgroup cgroup2 ro,nosuid 0 0\n": "/sys/fs/cgroup, which is read-only",
		"proc /proc proc rw 0 0\n":                       "none are mounted",
	} {
		if _, err := parseHierarchies(mounts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", mounts, err, want)
		}
	}
}

// TestDelegate: where the kernel allows it, delegate enables what is missing and nothing else.
func TestDelegate(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"cgroup.controllers":     "cpuset cpu io memory pids rdma\n",
		"cgroup.subtree_control": "cpu memory\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var m moved
	if err := m.delegate(root); err != nil {
		t.Fatal(err)
	}
	if want := []string{"cpuset", "io", "pids"}; !slices.Equal(m.enabled, want) || m.vacated {
		t.Errorf("enabled %v, want %v", m.enabled, want)
	}
	if err := os.WriteFile(filepath.Join(root, "cgroup.controllers"), []byte("hugetlb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := new(moved).delegate(root)
	if err == nil || !strings.Contains(err.Error(), "needs the cgroup controller cpu") {
		t.Errorf("without controllers: %v", err)
	}
}

func TestRemoveTree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cgroup")
	if err := os.MkdirAll(filepath.Join(dir, "kubepods", "pod"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds nothing
		if err := removeTree(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}
