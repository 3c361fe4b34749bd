package manifest

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

var errLeadsOut = errors.New("it is a link that leads out of the directory: name the file itself")

// readInside reads a regular file of a directory, named by a path below it. Others may write to the directory: a link
// must not lead a command elsewhere, and a pipe or a device must not keep it busy, also when it takes the place of the
// file just now.
func readInside(root, path string) ([]byte, error) {
	below, err := inside(root, path)
	if err != nil {
		return nil, err
	}
	directory, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = directory.Close() }()
	info, err := directory.Stat(below)
	if err == nil && !info.Mode().IsRegular() {
		err = errNoRegular
	}
	if err != nil {
		return nil, err
	}
	file, err := directory.OpenFile(below, os.O_RDONLY|withoutWaiting(), 0)
	if err != nil {
		return nil, err
	}
	return readRegular(file, MaxFile)
}

// inside is where the file of a path is below a directory, without links.
func inside(root, path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	below, err := filepath.Rel(root, target)
	if err != nil || !filepath.IsLocal(below) {
		return "", errLeadsOut
	}
	return below, nil
}

// readRegular reads and closes a regular file that has no more bytes than that.
func readRegular(file *os.File, most int64) ([]byte, error) {
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNoRegular
	}
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(content)) > most {
		err = errTooLarge
	}
	return content, err
}

// openRegular opens a file to read it, and does not wait for one that is a pipe.
func openRegular(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|withoutWaiting(), 0) //nolint:gosec // a file that the user named
}

// withoutWaiting lets a pipe be opened before its other end is. Windows has no such pipes in a
// directory.
func withoutWaiting() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return syscall.O_NONBLOCK
}
