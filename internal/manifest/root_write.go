package manifest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// rootFile is a file to write below a directory that others may write to. write makes a temporary file beside it. The
// caller decides when that file takes its place, and whether it replaces another one, and calls discard at the end.
type rootFile struct {
	root  *os.Root
	name  string
	text  []byte
	mode  fs.FileMode
	umask bool   // the umask limits the mode
	made  string // the temporary file; empty: not written, or in its place
}

// there returns the file that has the name already, and whether it has the text; nil: no file. A link is an error.
func (f *rootFile) there() (info fs.FileInfo, same bool, err error) {
	info, err = f.root.Lstat(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !info.Mode().IsRegular():
		return info, false, errNoRegular
	}
	file, err := f.root.OpenFile(f.name, os.O_RDONLY|withoutWaiting(), 0)
	if err != nil {
		return info, false, err
	}
	is, err := readRegular(file, int64(len(f.text)))
	if errors.Is(err, errTooLarge) {
		return info, false, nil
	}
	return info, err == nil && bytes.Equal(is, f.text), err
}

// checkParents checks that what exists of the path to the file are directories. A link there would let a file replace
// one of another directory.
func (f *rootFile) checkParents() error {
	for parent := filepath.Dir(f.name); parent != "."; parent = filepath.Dir(parent) {
		info, err := f.root.Lstat(parent)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is not a directory", parent)
		}
	}
	return nil
}

// write creates the directories that are missing and the temporary file, whose name no listing of manifests contains.
func (f *rootFile) write() error {
	if err := f.root.MkdirAll(filepath.Dir(f.name), 0o755); err != nil {
		return err
	}
	if err := f.checkParents(); err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(f.name), "."+rand.Text()+".tmp")
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
	if err != nil {
		return err
	}
	f.made = name
	_, err = file.Write(f.text)
	if !f.umask {
		err = errors.Join(err, file.Chmod(f.mode))
	}
	return errors.Join(err, file.Sync(), file.Close())
}

// rename puts the temporary file in its place, where it replaces another file.
func (f *rootFile) rename() error {
	err := f.root.Rename(f.made, f.name)
	if err == nil {
		f.made = ""
	}
	return err
}

// discard removes the temporary file.
func (f *rootFile) discard() {
	if f.made != "" {
		_ = f.root.Remove(f.made)
	}
}
