package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the path of standard input.
const Stdin = "-"

// ErrNoManifests says that a directory and its subdirectories have no files to read.
var ErrNoManifests = errors.New("there are no manifests (*.yaml, *.yml, *.json) in it")

// finder finds the files of paths.
type finder struct {
	recursive bool
	content   func(path string) ([]byte, error) // of a file that the user specified, or of Stdin
	// take gets each file. Its error is that of the path, or of a file in a directory.
	take func(file found) error
	// leave gets the error of a file in a directory.
	leave func(path string, err error)
	seen  map[string]bool // by absolute path, with links resolved
}

// found is a file and its text.
type found struct {
	path string
	root string // the directory that the user specified; empty: the user specified the file
	name string // below that directory, or the last part of the path
	text []byte
}

// findAll finds the files of paths. Its error lists all paths that cannot be read.
func (f *finder) findAll(paths []string) error {
	var all error
	for _, path := range paths {
		if err := f.find(path); err != nil {
			all = joined(all, err)
		}
	}
	return all
}

// find finds the files of a path that the user specified.
func (f *finder) find(path string) error {
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
			return f.directory(path)
		}
		path = filepath.Clean(path)
	}
	if f.known(path) {
		return nil
	}
	text, err := f.content(path)
	if err == nil {
		err = f.take(found{path: path, name: filepath.Base(path), text: text})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, withoutPath(err))
	}
	return nil
}

// known reports whether a file was already read, by this path, another path or a link. A pipe has no other path.
func (f *finder) known(path string) bool {
	real := path
	if path != Stdin {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			real = target
		}
		if absolute, err := filepath.Abs(real); err == nil {
			real = absolute
		}
	}
	was := f.seen[real]
	f.seen[real] = true
	return was
}

// directory finds the manifests of a directory, without git's own.
func (f *finder) directory(directory string) error {
	count := 0
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
			f.leave(shown, err)
			count++
			return nil
		case entry.IsDir() && path != root && (!f.recursive || entry.Name() == ".git"):
			return fs.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			count++
			return f.inDirectory(root, path, shown)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case count == 0 && !f.recursive:
		return fmt.Errorf("%s: there are no manifests (*.yaml, *.yml, *.json) directly in it: add -R for its "+
			"subdirectories",
			directory)
	case count == 0:
		return fmt.Errorf("%s: %w", directory, ErrNoManifests)
	}
	return nil
}

// inDirectory takes a file of a directory.
func (f *finder) inDirectory(root, path, shown string) error {
	below, err := filepath.Rel(root, path)
	if err == nil {
		_, err = inside(root, path)
	}
	if err == nil && f.known(path) { // a link that leads out must not hide a file that the user specified too
		return nil
	}
	var text []byte
	if err == nil {
		text, err = readInside(root, path)
	}
	if err == nil {
		err = f.take(found{path: shown, root: root, name: below, text: text})
	}
	switch {
	case errors.Is(err, ErrTooMuch), errors.Is(err, ErrTooMany):
		return fmt.Errorf("%s: %w", shown, err)
	case err != nil:
		f.leave(shown, err)
	}
	return nil
}
