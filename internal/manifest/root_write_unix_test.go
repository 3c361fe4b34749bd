//go:build unix

package manifest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestDirectoryHonorsTheUmask: its files are new ones of the user.
func TestDirectoryHonorsTheUmask(t *testing.T) {
	for umask, want := range map[int]os.FileMode{0o022: 0o644, 0o027: 0o640} {
		at := t.TempDir()
		before := syscall.Umask(umask)
		err := openDirectory(t, at, true).Write("shop", "app", []byte("x"))
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(at, "shop", "app.yaml"))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%03o: %v, %v", umask, info.Mode(), err)
		}
	}
}
