package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroupRoot is where cgroup hierarchies are mounted.
const cgroupRoot = "/sys/fs/cgroup"

// cgroupPrefix begins the names of the nodes' cgroups. The process that has made one
// follows.
const cgroupPrefix = "vaultseal-node-"

// hierarchies are the machine's cgroup hierarchies.
type hierarchies struct {
	v1 []string // mount points; empty where all is version 2
	v2 string   // mount point with all controllers; empty where there is version 1
}

func findHierarchies() (hierarchies, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return hierarchies{}, err
	}
	return parseHierarchies(string(mounts))
}

// parseHierarchies reads lines of /proc/self/mounts.
func parseHierarchies(mounts string) (hierarchies, error) {
	var h hierarchies
	for line := range strings.Lines(mounts) {
		field := strings.Fields(line)
		if len(field) < 4 {
			continue
		}
		at, kind := field[1], field[2]
		switch {
		case kind == "cgroup2" && at == cgroupRoot:
			h.v2 = at
		case (kind == "cgroup" || kind == "cgroup2") && filepath.Dir(at) == cgroupRoot:
			h.v1 = append(h.v1, at) // beside version 1, a hierarchy of version 2 has no controllers
		default:
			continue
		}
		if slices.Contains(strings.Split(field[3], ","), "ro") {
			return h, fmt.Errorf("a node needs to write to %s, which is read-only: a container must be privileged", at)
		}
	}
	if len(h.v1) == 0 && h.v2 == "" {
		return h, errors.New("a node needs cgroups, and none are mounted at " + cgroupRoot)
	}
	return h, nil
}

// Cgroup is the parent of all cgroups of a node's pods.
type Cgroup struct {
	Name   string // below the root of each hierarchy
	in     hierarchies
	others moved
}

// NewCgroup makes it. Those of processes that have been killed are removed.
func NewCgroup() (*Cgroup, error) {
	h, err := findHierarchies()
	if err != nil {
		return nil, err
	}
	removeAbandoned(h)
	c := &Cgroup{Name: cgroupPrefix + strconv.Itoa(os.Getpid()), in: h}
	if err := c.create(); err != nil {
		return nil, errors.Join(fmt.Errorf("create cgroup %s: %w", c.Name, err), c.Remove())
	}
	return c, nil
}

func (c *Cgroup) create() error {
	for _, root := range c.in.v1 {
		if err := os.MkdirAll(filepath.Join(root, c.Name), 0o755); err != nil {
			return err
		}
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} { // empty at first, and then no process may join
			if err := copyFile(filepath.Join(root, file), filepath.Join(root, c.Name, file)); err != nil {
				return err
			}
		}
	}
	if c.in.v2 == "" {
		return nil
	}
	if err := c.others.delegate(c.in.v2); err != nil {
		return err
	}
	return os.MkdirAll(filepath.Join(c.in.v2, c.Name), 0o755)
}

// copyFile copies a setting, if the hierarchy has it.
func copyFile(from, to string) error {
	value, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, value, 0)
}

// Remove removes it with all below. The kernel takes a moment to empty cgroups whose
// processes were killed.
func (c *Cgroup) Remove() error {
	var err error
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err = removeFrom(c.in, c.Name); err == nil {
			return c.others.restore()
		}
	}
	return errors.Join(err, c.others.restore())
}

func removeFrom(h hierarchies, name string) error {
	var errs []error
	for _, root := range h.all() {
		errs = append(errs, removeTree(filepath.Join(root, name)))
	}
	return errors.Join(errs...)
}

func (h hierarchies) all() []string {
	if h.v2 == "" {
		return h.v1
	}
	return append(slices.Clone(h.v1), h.v2)
}

// removeTree removes a cgroup and those below. Their files cannot be removed.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeTree(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := unix.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove cgroup %s: %w", dir, err)
	}
	return nil
}

// removeAbandoned removes the cgroups whose processes were killed before they could.
func removeAbandoned(h hierarchies) {
	for _, root := range h.all() {
		found, _ := filepath.Glob(filepath.Join(root, cgroupPrefix+"*"))
		for _, dir := range found {
			pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), cgroupPrefix))
			if err == nil && errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
				_ = removeTree(dir) // it stays if another process is in it
			}
		}
	}
}
