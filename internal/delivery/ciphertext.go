package delivery

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// kubelet keeps the files of a volume in a directory of their own and switches the link "..data" to a new one when they
// change. So all files must be read through the directory that the link names at one moment.

const (
	dataLink = "..data"
	// kubelets is how the names begin that kubelet keeps for itself.
	kubelets = ".."
	// maxFile is more than a Secret or ConfigMap can hold.
	maxFile = 4 << 20
	// maxReads is how often files are read again because kubelet has switched them meanwhile.
	maxReads = 20
)

// file is the content of a file and its mode.
type file struct {
	content []byte
	mode    fs.FileMode
}

// readVolume returns the files of one generation of a volume of kubelet's, or of an ordinary directory, by their paths
// in it.
func readVolume(dir string) (map[string]file, error) {
	for range maxReads {
		before, err := generation(dir)
		if err != nil {
			return nil, err
		}
		files, err := readTree(filepath.Join(dir, before))
		after, afterErr := generation(dir)
		switch {
		case afterErr != nil:
			return nil, afterErr
		case before == after && err != nil:
			return nil, err
		case before == after:
			return files, nil
		}
	}
	return nil, fmt.Errorf("%s changes too often to be read", dir)
}

// generation is the directory that has the files now: what "..data" links to, or "" for an ordinary directory.
func generation(dir string) (string, error) {
	target, err := os.Readlink(filepath.Join(dir, dataLink))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return target, err
}

// readTree returns all regular files below a directory, through links of files, without kubelet's own names.
func readTree(root string) (map[string]file, error) {
	files := map[string]file{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(relative, kubelets) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		content, err := readFile(path)
		files[filepath.ToSlash(relative)] = file{content, info.Mode().Perm()}
		return err
	})
	return files, err
}

func readFile(path string) ([]byte, error) {
	opened, err := os.Open(path) //nolint:gosec // the command line names the directory
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	content, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes, the most that is read", path, maxFile)
	}
	return content, err
}
