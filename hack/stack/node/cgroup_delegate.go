package node

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// delegated are the controllers that kubelet wants in its cgroup, where the machine has
// them. Without the required ones no pod starts.
var (
	delegated = []string{"cpu", "cpuset", "hugetlb", "io", "memory", "pids"}
	required  = []string{"cpu", "cpuset", "memory", "pids"}
)

// moved is what delegate has changed in a version 2 hierarchy.
type moved struct {
	root    string
	enabled []string // controllers
	vacated bool
}

// others is the cgroup of the processes that were in the root's.
const others = "vaultseal-others"

// delegate enables controllers below the root. In a container the root is the container's
// own cgroup: the kernel wants no process in it then, so they move.
func (m *moved) delegate(root string) error {
	m.root = root
	has, err := words(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, name := range required {
		if !slices.Contains(has, name) {
			return fmt.Errorf("a node needs the cgroup controller %s in %s, which has only %s", name, root,
				strings.Join(has, ", "))
		}
	}
	enabled, err := words(filepath.Join(root, "cgroup.subtree_control"))
	if err != nil {
		return err
	}
	for _, name := range delegated {
		if !slices.Contains(has, name) || slices.Contains(enabled, name) {
			continue
		}
		err := m.control("+" + name)
		if errors.Is(err, unix.EBUSY) && !m.vacated {
			m.vacated = true
			if err := moveAll(root, filepath.Join(root, others)); err != nil {
				return err
			}
			err = m.control("+" + name)
		}
		if err != nil {
			return fmt.Errorf("enable cgroup controller %s: %w", name, err)
		}
		m.enabled = append(m.enabled, name)
	}
	return nil
}

func (m *moved) control(text string) error {
	return os.WriteFile(filepath.Join(m.root, "cgroup.subtree_control"), []byte(text), 0)
}

// restore undoes delegate.
func (m *moved) restore() error {
	var errs []error
	for _, name := range m.enabled {
		errs = append(errs, m.control("-"+name))
	}
	if m.vacated {
		from := filepath.Join(m.root, others)
		errs = append(errs, moveAll(from, m.root), unix.Rmdir(from))
	}
	return errors.Join(errs...)
}

// moveAll moves the processes of a cgroup. Those that end meanwhile, and the kernel's own,
// do not move.
func moveAll(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	pids, err := words(filepath.Join(from, "cgroup.procs"))
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if pid == "0" {
			return fmt.Errorf("cgroup %s has processes of another PID namespace, which cannot move from here", from)
		}
		err := os.WriteFile(filepath.Join(to, "cgroup.procs"), []byte(pid), 0)
		if err != nil && !errors.Is(err, unix.ESRCH) && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("move process %s to cgroup %s: %w", pid, to, err)
		}
	}
	return nil
}

func words(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	return strings.Fields(string(bytes.TrimSpace(data))), err
}
