package plugin

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// readable returns a nameless file in memory with a text that no one can change.
func readable(text []byte) (int, error) {
	fd, err := unix.MemfdCreate("vaultseal", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return piped(text)
	}
	for at := 0; at < len(text); {
		n, err := unix.Write(fd, text[at:])
		if err != nil {
			return 0, fmt.Errorf("--fd: %w", err)
		}
		at += n
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
		return 0, fmt.Errorf("--fd: %w", err)
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return 0, fmt.Errorf("--fd: %w", err)
	}
	return fd, nil
}

// give makes a descriptor that the next program has a copy of another. The runtime may have one of its own at that
// number (its poller, a file of its cgroup): this thread, from which the program is run, gets a table of descriptors of
// its own first, and the others keep theirs.
func give(from, fd int) error {
	if err := unix.CloseRange(uint(fd), uint(fd), unix.CLOSE_RANGE_UNSHARE); err != nil {
		if err := unix.Unshare(unix.CLONE_FILES); err != nil {
			return fmt.Errorf("this system gives a thread no descriptors of its own: %w", err)
		}
	}
	return unix.Dup3(from, fd, 0)
}
