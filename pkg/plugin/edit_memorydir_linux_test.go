package plugin

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCheckParent(t *testing.T) {
	root := os.Geteuid() == 0
	for mode, safe := range map[os.FileMode]bool{
		// as /dev/shm, which is root's
		0o700: true, 0o777: false, 0o770: false, 0o777 | os.ModeSticky: root, 0o755: root,
	} {
		dir := filepath.Join(t.TempDir(), "dir")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := checkParent(dir); (err == nil) != safe {
			t.Errorf("%v: %v", mode, err)
		}
		link := dir + "-link"
		if err := os.Symlink(dir, link); err != nil {
			t.Fatal(err)
		}
		if checkParent(link) == nil || checkPrivate(link) == nil {
			t.Errorf("%v: a link is taken", mode)
		}
		if err := checkPrivate(dir); (err == nil) != (mode == 0o700) {
			t.Errorf("%v: private: %v", mode, err)
		}
	}
}
