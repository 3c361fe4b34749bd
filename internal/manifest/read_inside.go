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

// readInside reads a regular file of a directory. Others may write to the directory. So a link must not lead out of it,
// and a pipe or a device must not block the command, even if it replaces the file at this moment.
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

// inside is the path of a file relative to a directory, with links resolved.
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

// readRegular reads and closes a regular file, which must not have more bytes than most.
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

// openRegular opens a file for reading, and does not wait if it is a pipe.
func openRegular(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|withoutWaiting(), 0) //nolint:gosec // a file that the user named
}

// withoutWaiting opens a pipe without waiting for its other end. Windows has no such pipes in a directory.
func withoutWaiting() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return syscall.O_NONBLOCK
}
