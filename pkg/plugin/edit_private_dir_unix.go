//go:build unix

package plugin

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// checkPrivate finds out whether a directory that was just made is the user's alone.
func checkPrivate(dir string) error {
	var is unix.Stat_t
	if err := unix.Lstat(dir, &is); err != nil {
		return fmt.Errorf("read %s: %w", dir, err)
	}
	if mode := is.Mode; mode&unix.S_IFMT != unix.S_IFDIR || mode&0o7777&^unix.S_ISGID != 0o700 ||
		int(is.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not private: it has owner %d and mode %#o", dir, is.Uid, mode&0o7777)
	}
	return nil
}
