package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// Stdin is the path of standard input.
const Stdin = "-"

// reading are Files while they are read.
type reading struct {
	*Files

	content func(path string) ([]byte, error)
	seen    map[string]bool // by absolute path, with links resolved
	bytes   int             // of all files
	objects int             // documents and Secrets
}

// ReadFiles reads the manifests of files and directories. In a directory it reads the files *.yaml, *.yml and *.json,
// and with recursive those of subdirectories too. content returns the content of a file or of Stdin.
//
// A path that does not exist, cannot be read or is empty is an error; the error lists all such paths. In a directory
// only regular files within it are read. Other files that look like manifests, and files that cannot be read, are among
// the Secrets with an error. Exceeding the limits of one run is an error too.
func ReadFiles(paths []string, recursive bool, content func(path string) ([]byte, error)) (*Files, error) {
	r := &reading{
		Files: &Files{
			Paths: paths, Recursive: recursive, files: map[string]*Sealed{}, roots: map[string]string{},
			fileOf: map[*corev1.Secret]string{}, originals: map[*corev1.Secret]*corev1.Secret{},
			changed: map[string]bool{},
		},
		content: content, seen: map[string]bool{},
	}
	var all error
	for _, path := range paths {
		if err := r.read(path); err != nil {
			all = joined(all, err)
		}
	}
	if all != nil {
		return nil, all
	}
	slices.Sort(r.names)
	return r.Files, nil
}

// joined is two errors in one line; the first may be nil.
func joined(first, second error) error {
	if first == nil {
		return second
	}
	return fmt.Errorf("%w; %w", first, second)
}

// read reads a path that the user specified.
func (r *reading) read(path string) error {
	name := path
	if path == Stdin {
		name = "stdin"
	} else {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: no such file or directory", path)
		case err != nil:
			return err
		case info.IsDir():
			return r.readDirectory(path)
		}
		path = filepath.Clean(path)
	}
	if r.known(path) {
		return nil
	}
	err := r.add(path)
	if err == nil && r.files[path].empty {
		err = errors.New("it is empty: there is no manifest in it")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, withoutPath(err))
	}
	return nil
}

// known reports whether a file was already read, by this path, another path or a link. A pipe has no other path.
func (r *reading) known(path string) bool {
	real := path
	if path != Stdin {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			real = target
		}
		if absolute, err := filepath.Abs(real); err == nil {
			real = absolute
		}
	}
	was := r.seen[real]
	r.seen[real] = true
	return was
}

func (r *reading) add(path string) error {
	raw, err := r.content(path)
	if err != nil {
		return err
	}
	return r.addText(path, raw)
}

func (r *reading) addText(path string, raw []byte) error {
	if r.bytes += len(raw); r.bytes > maxTotal {
		return ErrTooMuch
	}
	read, err := ReadSealed(raw)
	if err != nil {
		return err
	}
	if r.objects += read.documents + len(read.secrets) + len(read.unread); r.objects > maxObjects {
		return ErrTooMany
	}
	r.put(path, read)
	r.names = append(r.names, path)
	for _, err := range read.Unread() {
		r.leave(path, err)
	}
	return nil
}

// leave records a file or document that could not be read.
func (r *reading) leave(path string, err error) {
	secret := &corev1.Secret{}
	var placed *Error
	line := 0
	if errors.As(err, &placed) {
		secret.Name, line = placed.Secret, placed.Line
	}
	r.unread = append(r.unread, engine.Stored{File: path, Line: line, Secret: secret, Err: withoutPath(err)})
}

// withoutPath removes the path from an error that is shown next to the path.
func withoutPath(err error) error {
	var atPath *fs.PathError
	if errors.As(err, &atPath) {
		return atPath.Err
	}
	return err
}

// readDirectory reads the manifests of a directory, without git's own.
func (r *reading) readDirectory(directory string) error {
	found := 0
	root, err := filepath.EvalSymlinks(directory) // WalkDir does not follow it
	if err != nil {
		return err
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		shown := filepath.Join(directory, strings.TrimPrefix(path, root))
		switch {
		case err != nil && path == root:
			return err
		case err != nil:
			r.leave(shown, err)
			found++
			return nil
		case entry.IsDir() && path != root && (!r.Recursive || entry.Name() == ".git"):
			return fs.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			found++
			return r.readFound(root, path, shown)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case found == 0 && !r.Recursive:
		return fmt.Errorf("%s: there are no manifests (*.yaml, *.yml, *.json) directly in it: add -R for its "+
			"subdirectories",
			directory)
	case found == 0:
		return fmt.Errorf("%s: there are no manifests (*.yaml, *.yml, *.json) in it", directory)
	}
	return nil
}

// readFound reads a file of a directory.
func (r *reading) readFound(root, path, shown string) error {
	_, err := inside(root, path)
	if err == nil && r.known(path) { // a link that leads out must not hide a file that the user specified too
		return nil
	}
	var raw []byte
	if err == nil {
		raw, err = readInside(root, path)
	}
	if err == nil {
		r.roots[shown] = root
		err = r.addText(shown, raw)
	}
	switch {
	case errors.Is(err, ErrTooMuch), errors.Is(err, ErrTooMany):
		return fmt.Errorf("%s: %w", shown, err)
	case err != nil:
		r.leave(shown, err)
	}
	return nil
}
