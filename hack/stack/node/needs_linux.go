package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// capabilities are what the namespaces, kubelet and containers with default rights need,
// by their numbers in the kernel.
var capabilities = map[string]int{
	"CAP_CHOWN": unix.CAP_CHOWN, "CAP_DAC_OVERRIDE": unix.CAP_DAC_OVERRIDE, "CAP_FOWNER": unix.CAP_FOWNER,
	"CAP_FSETID": unix.CAP_FSETID, "CAP_KILL": unix.CAP_KILL, "CAP_MKNOD": unix.CAP_MKNOD,
	"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_NET_BIND_SERVICE": unix.CAP_NET_BIND_SERVICE,
	"CAP_SETGID": unix.CAP_SETGID, "CAP_SETPCAP": unix.CAP_SETPCAP, "CAP_SETUID": unix.CAP_SETUID,
	"CAP_SYS_ADMIN": unix.CAP_SYS_ADMIN, "CAP_SYS_CHROOT": unix.CAP_SYS_CHROOT, "CAP_SYS_PTRACE": unix.CAP_SYS_PTRACE,
}

// tools are what kubelet runs.
var tools = []string{"mount", "umount"}

// Check says all that the machine lacks for a node with files below each of dirs.
func Check(dirs ...string) error {
	if os.Geteuid() != 0 {
		return errors.New("a node needs root, to make namespaces, mounts and cgroups: run this command as root")
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	errs := []error{checkCapabilities(string(status))}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			errs = append(errs, fmt.Errorf("a node needs the program %s: install it (Debian: util-linux)", tool))
		}
	}
	if _, err := os.Stat("/dev/kmsg"); err != nil {
		errs = append(errs, fmt.Errorf("a node needs /dev/kmsg, where kubelet reads what the kernel ends: %w: "+
			"a container must be privileged", err))
	}
	for _, dir := range dirs {
		errs = append(errs, checkPlace(dir))
	}
	_, err = findHierarchies()
	return errors.Join(append(errs, err)...)
}

// checkCapabilities compares with the line CapEff of /proc/self/status.
func checkCapabilities(status string) error {
	_, rest, _ := strings.Cut(status, "\nCapEff:")
	word, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	have, err := strconv.ParseUint(word, 16, 64)
	if err != nil {
		return fmt.Errorf("capabilities of this process: %w", err)
	}
	var lacking []string
	for name, number := range capabilities {
		if have&(1<<number) == 0 {
			lacking = append(lacking, name)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	return fmt.Errorf("a node needs %s: a container must be privileged", strings.Join(lacking, ", "))
}

// checkPlace refuses a directory that is another one inside the namespaces.
func checkPlace(dir string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	for _, hidden := range private {
		if real == hidden || strings.HasPrefix(real, hidden+"/") {
			return fmt.Errorf("%s cannot be used with a node, which has a %s of its own: choose another directory", dir,
				hidden)
		}
	}
	return nil
}
