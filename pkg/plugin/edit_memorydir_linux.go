package plugin

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// memoryDirs are directories whose files are in memory and cannot be exchanged by another user: the session's own
// first.
func memoryDirs() []string {
	dirs := []string{os.Getenv("XDG_RUNTIME_DIR"), "/dev/shm", os.TempDir()}
	return slices.DeleteFunc(dirs, func(dir string) bool {
		var fs unix.Statfs_t
		return dir == "" || !filepath.IsAbs(dir) || unix.Statfs(dir, &fs) != nil || fs.Type != unix.TMPFS_MAGIC &&
			fs.Type != unix.RAMFS_MAGIC || checkParent(dir) != nil
	})
}

// checkParent finds out whether another user could exchange what is made in a directory: it must be the user's and
// private, or root's and, where others may write to it, sticky.
func checkParent(dir string) error {
	var is unix.Stat_t
	if err := unix.Lstat(dir, &is); err != nil {
		return err
	}
	mode := is.Mode & 0o7777
	switch {
	case is.Mode&unix.S_IFMT != unix.S_IFDIR:
		return fmt.Errorf("%s is not a directory", dir)
	case int(is.Uid) == os.Geteuid() && mode&0o077 == 0:
		return nil
	case is.Uid == 0 && (mode&0o022 == 0 || mode&unix.S_ISVTX != 0):
		return nil
	}
	return fmt.Errorf("%s has owner %d and mode %#o", dir, is.Uid, mode)
}
