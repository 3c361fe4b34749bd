package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// private are the directories of which the node has versions of its own: what kubelet and
// containerd write there stays in memory.
var private = []string{"/run", "/var/lib", "/var/log"}

// scratch holds what the mounts need. /run is the node's own.
const scratch = "/run/vaultseal"

// kernelSettings are what kubelet sets for the whole machine, unless they are so. Files
// with these values stand in for them.
var kernelSettings = map[string]string{
	"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
	"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}

func mountAll(dir string) error {
	for _, m := range []struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}{
		{target: "/", flags: unix.MS_REC | unix.MS_PRIVATE}, // the machine sees nothing of what follows
		{target: "/", flags: unix.MS_REC | unix.MS_SHARED},  // containers see volumes that come later
		{source: "proc", target: "/proc", kind: "proc", flags: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{source: "tmpfs", target: "/run", kind: "tmpfs", flags: unix.MS_NOSUID | unix.MS_NODEV, data: "mode=755"},
	} {
		if err := mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return err
		}
	}
	for _, target := range private[1:] {
		if err := mountOver(target); err != nil {
			return err
		}
	}
	if err := mountSettings(); err != nil {
		return err
	}
	if err := mountData(dir); err != nil {
		return err
	}
	// The machine may be a node itself: its files are not this one's.
	for _, target := range []string{containerdDir, kubeletDir, podLogs, "/var/log/containers", "/var/lib/cni"} {
		if err := bind(filepath.Join(dir, filepath.Base(target)), target); err != nil {
			return err
		}
	}
	return nil
}

// bind mounts a directory of the node's files. What is mounted in target later is not
// mounted in it a second time.
func bind(source, target string) error {
	for _, dir := range []string{source, target} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if err := mount("", target, "", unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return mount("", target, "", unix.MS_SHARED, "")
}

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mount %s: %w", strings.TrimSpace(kind+" "+target), err)
	}
	return nil
}

// mountOver keeps what is in target visible; what is written there stays in memory.
func mountOver(target string) error {
	layers := filepath.Join(scratch, "over"+strings.ReplaceAll(target, "/", "-"))
	upper, work := filepath.Join(layers, "upper"), filepath.Join(layers, "work")
	for _, dir := range []string{upper, work} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return mount("overlay", target, "overlay", 0, "lowerdir="+target+",upperdir="+upper+",workdir="+work)
}

func mountSettings() error {
	for name, value := range kernelSettings {
		file := filepath.Join(scratch, strings.ReplaceAll(name, "/", "."))
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			return err
		}
		if err := mount(file, "/proc/sys/"+name, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

// mountData keeps the node's files in memory where their file system is an overlay, in
// which containerd cannot make others.
func mountData(dir string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("file system of %s: %w", dir, err)
	}
	if fs.Type != unix.OVERLAYFS_SUPER_MAGIC {
		return nil
	}
	return mount("tmpfs", dir, "tmpfs", 0, "mode=700")
}
