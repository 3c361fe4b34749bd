package manifest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// staleLock is the age at which a lock is taken for one that a killed command left. A command that changes many files
// can hold its locks for longer. So it looks whether they are still its own before it moves or removes them.
const staleLock = time.Minute

// replacement is the new content of a file, written next to it.
type replacement struct {
	path    string      // with links resolved
	made    string      // the lock; empty: it is in its place
	written fs.FileInfo // of made
	before  []byte
}

// replace replaces the content of a file in one step and keeps its permissions. A link stays a link. With a root, the
// file must still be inside it. If the file no longer has the content before, or another command is replacing it,
// replace changes nothing and returns kube.ErrConflict.
func replace(root, path string, before, after []byte) error {
	r, err := prepareReplacement(root, path, before, after)
	if err != nil {
		return err
	}
	if err := r.check(); err != nil {
		r.discard()
		return err
	}
	return r.commit()
}

// prepareReplacement writes the new content. The file is as before until commit.
func prepareReplacement(root, path string, before, after []byte) (r *replacement, err error) {
	if root != "" {
		if _, err := inside(root, path); err != nil {
			return nil, err
		}
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	made, err := lock(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"))
	if err != nil {
		return nil, err
	}
	r = &replacement{path: path, made: made.Name(), before: before}
	_, err = made.Write(after)
	err = errors.Join(err, made.Chmod(info.Mode().Perm()), made.Sync())
	written, statErr := made.Stat()
	r.written = written
	if err = errors.Join(err, statErr, made.Close()); err != nil {
		r.discard()
		return nil, err
	}
	return r, nil
}

// check returns kube.ErrConflict if the file no longer has the content before, or another command has the lock.
func (r *replacement) check() error {
	if err := r.checkLock(); err != nil {
		return err
	}
	file, err := openRegular(r.path)
	if err != nil {
		return err
	}
	is, err := readRegular(file, int64(len(r.before)))
	if errors.Is(err, errTooLarge) || err == nil && !bytes.Equal(is, r.before) {
		return kube.ErrConflict
	}
	return err
}

// checkLock returns kube.ErrConflict if another command has taken the lock. Its file can have the number that ours had
// in the file system, but is younger.
func (r *replacement) checkLock() error {
	now, err := os.Lstat(r.made)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return kube.ErrConflict
	case err != nil:
		return err
	case r.written == nil, !os.SameFile(r.written, now), now.ModTime().Sub(r.written.ModTime()) >= staleLock:
		return kube.ErrConflict
	}
	return nil
}

func (r *replacement) commit() error {
	err := r.checkLock()
	if err == nil {
		err = os.Rename(r.made, r.path)
	}
	if err != nil {
		r.discard()
		return err
	}
	r.made = "" // another command may have a lock of that name now
	return nil
}

func (r *replacement) discard() {
	if r.made != "" && r.checkLock() == nil {
		_ = os.Remove(r.made)
	}
}

// lock creates the file that becomes the new one. Its name is always the same, so that only one command at a time can
// compare and replace.
func lock(path string) (*os.File, error) {
	for range 2 {
		//nolint:gosec // next to a file that the user specified
		made, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return made, err
		}
		info, err := os.Lstat(path)
		if err != nil || time.Since(info.ModTime()) < staleLock {
			break
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, kube.ErrConflict
}
