package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A directory is written as kubelet writes a Secret's volume. Its files are in a directory of their own, "..data" links
// to that, and each name at the top is a link through "..data". A new directory and one renamed link change all files
// at once.

const newDataLink = dataLink + "_tmp"

// generationTime begins the names of the directories that "..data" links to. A number follows.
const generationTime = "..2006_01_02_15_04_05."

// isGeneration reports whether a name is one of such a directory.
func isGeneration(name string) bool {
	if len(name) <= len(generationTime) {
		return false
	}
	_, err := time.Parse(generationTime, name[:len(generationTime)])
	return err == nil
}

// change is something that is written beside its place and takes the place with commit. A change must be committed or
// discarded.
type change interface {
	commit() error
	discard()
}

// switched is a change of all files of a directory.
type switched struct {
	dir      string
	old, new string // generations; old is empty at first, and new if no file changes
	top      []string
}

// stageDir writes files to a new generation of a directory.
func stageDir(dir string, files map[string]file) (*switched, error) {
	if err := checkPaths(files); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if err := makeDirs(dir); err != nil {
		return nil, err
	}
	old, err := generation(dir)
	if err != nil {
		return nil, err
	}
	if err := removeLeftovers(dir, old); err != nil {
		return nil, err
	}
	s := &switched{dir: dir, old: old, top: topNames(files)}
	if err := s.checkTop(); err != nil {
		return nil, err
	}
	if old != "" && hasFiles(filepath.Join(dir, old), files) {
		return s, nil
	}
	s.new, err = newGeneration(dir)
	if err == nil {
		err = writeFiles(filepath.Join(dir, s.new), files)
	}
	if err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// changed reports whether commit changes a file.
func (s *switched) changed() bool { return s.new != "" }

func (s *switched) discard() {
	if s.new != "" {
		_ = os.RemoveAll(filepath.Join(s.dir, s.new))
	}
}

// commit switches to the new generation. As with kubelet, names that are new appear after it, and names that are gone
// disappear.
func (s *switched) commit() error {
	if s.new != "" {
		link := filepath.Join(s.dir, newDataLink)
		err := os.Symlink(s.new, link)
		if err == nil {
			err = os.Rename(link, filepath.Join(s.dir, dataLink))
		}
		if err != nil {
			_ = os.Remove(link)
			s.discard()
			return err
		}
	}
	for _, name := range s.top {
		err := os.Symlink(path.Join(dataLink, name), filepath.Join(s.dir, name))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := s.removeStaleLinks(); err != nil {
		return err
	}
	if s.new == "" || s.old == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(s.dir, s.old))
}

// checkTop refuses a name that is taken by something else than a link of this directory. A directory is a mount point:
// what is mounted there hides the files, also with kubelet.
func (s *switched) checkTop() error {
	for _, name := range s.top {
		at := filepath.Join(s.dir, name)
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.IsDir(), isOwnLink(at, name):
		default:
			return fmt.Errorf("%s exists and is not vaultseal's", at)
		}
	}
	return nil
}

func (s *switched) removeStaleLinks() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		at := filepath.Join(s.dir, entry.Name())
		if slices.Contains(s.top, entry.Name()) || !isOwnLink(at, entry.Name()) {
			continue
		}
		if err := os.Remove(at); err != nil {
			return err
		}
	}
	return nil
}

func isOwnLink(at, name string) bool {
	target, err := os.Readlink(at)
	return err == nil && filepath.ToSlash(target) == path.Join(dataLink, name)
}

// removeLeftovers removes what a process left that was killed while it wrote.
func removeLeftovers(dir, current string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if name == newDataLink || isGeneration(name) && name != current {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// newGeneration makes a directory with a name that no earlier one has.
func newGeneration(dir string) (string, error) {
	created, err := os.MkdirTemp(dir, time.Now().UTC().Format(generationTime))
	if err != nil {
		return "", err
	}
	return filepath.Base(created), setDirMode(created)
}

// writeFiles writes files, and the directories that they are in.
func writeFiles(root string, files map[string]file) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(root, filepath.FromSlash(name))
		if err := makeDirs(filepath.Dir(at)); err != nil {
			return err
		}
		if err := create(at, files[name].mode, bytes.NewReader(files[name].content)); err != nil {
			return err
		}
	}
	return nil
}

// hasFiles reports whether a directory has exactly these files, with these contents and modes. What cannot be read is
// another file.
func hasFiles(root string, files map[string]file) bool {
	has, err := readTree(root)
	return err == nil && maps.EqualFunc(has, files, func(a, b file) bool {
		return a.mode == b.mode && bytes.Equal(a.content, b.content)
	})
}

// checkPaths refuses the names that kubelet keeps for itself, and a file in the place of a directory.
func checkPaths(files map[string]file) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, kubelets) {
			return fmt.Errorf("file %q: names that begin with .. are kubelet's", name)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, found := files[dir]; found {
				return fmt.Errorf("%q is a file and the directory of %q", dir, name)
			}
		}
	}
	return nil
}

// topNames are the names at the top of the directory, sorted.
func topNames(files map[string]file) []string {
	var names []string
	for name := range files {
		top, _, _ := strings.Cut(name, "/")
		names = append(names, top)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
