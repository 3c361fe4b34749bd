package delivery

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// What is written has exactly its mode, whatever the umask. A directory keeps the bit with which kubelet gives an
// fsGroup to what is made in it.

const dirMode fs.FileMode = 0o755

// renamed is a change of one file.
type renamed struct{ temporary, path string }

// stageFile writes a file beside its place.
func stageFile(path string, mode fs.FileMode, content io.Reader) (*renamed, error) {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory", path)
	}
	if err := makeDirs(filepath.Dir(path)); err != nil {
		return nil, err
	}
	r := &renamed{temporary: temporaryOf(path), path: path}
	r.discard() // what a process left that was killed
	if err := create(r.temporary, mode, content); err != nil {
		r.discard()
		return nil, err
	}
	return r, nil
}

// temporaryOf is where a file is written before it is renamed. It is the same each time.
func temporaryOf(path string) string {
	sum := sha256.Sum256([]byte(filepath.Base(path)))
	return filepath.Join(filepath.Dir(path), fmt.Sprintf("..vaultseal-%x", sum[:8]))
}

func (r *renamed) commit() error {
	if err := os.Rename(r.temporary, r.path); err != nil {
		r.discard()
		return err
	}
	return nil
}

func (r *renamed) discard() { _ = os.Remove(r.temporary) }

// removal is a change that removes a file of an earlier run.
type removal string

func (path removal) commit() error {
	if err := os.Remove(string(path)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (path removal) discard() {}

// create writes a file that does not exist. Only its owner can read it until it has its mode.
func create(path string, mode fs.FileMode, content io.Reader) error {
	created, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // a target's path
	if err != nil {
		return err
	}
	_, err = io.Copy(created, content)
	if err == nil {
		err = created.Chmod(mode)
	}
	return cmp.Or(err, created.Close())
}

// makeDirs makes a directory and those above it, where they do not exist.
func makeDirs(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := makeDirs(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, dirMode); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // another process was faster
		}
		return err
	}
	return setDirMode(dir)
}

func setDirMode(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return os.Chmod(dir, dirMode|info.Mode()&fs.ModeSetgid)
}
