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

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Files are the sealed Secrets of manifests on disk. They are vaultseal.Manifests.
type Files struct {
	// Paths are those that were asked for.
	Paths []string
	// Recursive tells whether directories were read with all that is below them.
	Recursive bool

	files map[string]*Sealed
	names []string        // of files, sorted
	real  map[string]bool // absolute paths of files, without links
	only  *corev1.Secret

	current, given string // namespaces, as In was told
}

// ReadFiles reads the manifests of files and directories; of a directory those named *.yaml, *.yml and *.json, with
// recursive also those below it. An error names every file that could not be read.
func ReadFiles(paths []string, recursive bool, stdin func() ([]byte, error)) (*Files, error) {
	f := &Files{Paths: paths, Recursive: recursive, files: map[string]*Sealed{}, real: map[string]bool{}}
	var errs []string
	for _, path := range paths {
		for _, err := range f.read(path, stdin) {
			errs = append(errs, err.Error())
		}
	}
	if len(errs) > 0 {
		return nil, errors.New(strings.Join(errs, "; "))
	}
	slices.Sort(f.names)
	return f, nil
}

func (f *Files) read(path string, stdin func() ([]byte, error)) []error {
	if path == Stdin {
		if f.files[Stdin] != nil {
			return nil
		}
		text, err := stdin()
		if err == nil {
			err = f.add(Stdin, text)
		}
		return failed("stdin", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failed(path, errors.New("no such file or directory"))
	case err != nil:
		return []error{err}
	case !info.IsDir():
		return f.readFile(path)
	}
	found, err := f.below(path)
	if err != nil {
		return []error{err}
	}
	var errs []error
	for _, file := range found {
		errs = append(errs, f.readFile(file)...)
	}
	return errs
}

func failed(file string, err error) []error {
	if err == nil {
		return nil
	}
	return []error{fmt.Errorf("%s: %w", file, err)}
}

// below are the manifests of a directory. What git keeps for itself is none.
func (f *Files) below(directory string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != directory && (!f.Recursive || entry.Name() == ".git"):
			return fs.SkipDir
		case !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			found = append(found, path)
		}
		return nil
	})
	return found, err
}

func (f *Files) readFile(path string) []error {
	path = filepath.Clean(path)
	same, err := f.seen(path)
	switch {
	case err != nil:
		return []error{err}
	case same:
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return []error{err}
	}
	return failed(path, f.add(path, text))
}

// seen tells whether a file has been read by this path, another one or a link.
func (f *Files) seen(path string) (bool, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return false, err
	}
	was := f.real[real]
	f.real[real] = true
	return was, nil
}

func (f *Files) add(path string, text []byte) error {
	read, err := ReadSealed(text)
	if err != nil {
		return err
	}
	f.files[path] = read
	f.names = append(f.names, path)
	return nil
}

// Secrets are all of them, by file, and as they stand in it.
func (f *Files) Secrets() []vaultseal.Manifest {
	var all []vaultseal.Manifest
	for _, name := range f.names {
		for _, secret := range f.files[name].Secrets() {
			if f.only != nil && f.only != secret {
				continue
			}
			all = append(all, vaultseal.Manifest{File: name, Secret: secret})
		}
	}
	return all
}

// Only are the Files with one of their Secrets in view.
func (f *Files) Only(secret *corev1.Secret) *Files {
	one := *f
	one.only = secret
	return &one
}

// In gives the Secrets that do not say their namespace the current one. Entries that are bound to a namespace must be in
// a manifest that says it, unless it was given; one that was given may not contradict.
func (f *Files) In(current, given string) error {
	f.current, f.given = current, given
	for _, m := range f.Secrets() {
		switch s := m.Secret; {
		case s.Namespace == "" && given == "" && bound(s):
			return fmt.Errorf("%s: secret %s is bound to its namespace, and its manifest does not say which: add metadata.namespace to it, or give -n", m.File, s.Name)
		case s.Namespace == "":
			s.Namespace = current
		case given != "" && s.Namespace != given:
			return fmt.Errorf("%s: the manifest of secret %s says namespace %s, and -n says %s", m.File, s.Name, s.Namespace, given)
		}
	}
	return nil
}

func bound(secret *corev1.Secret) bool {
	scope := sealed.Scope(secret.Annotations[sealed.ScopeAnnotation])
	return scope == sealed.Strict || scope == sealed.NamespaceWide
}

// Rewrite changes entries of Secrets of one file, in one step, and nothing else in it. A file that has been changed
// since it was read is left as it is: vaultseal.ErrConflict. With dry nothing is written.
func (f *Files) Rewrite(name string, changes []vaultseal.ManifestChange, dry bool) error {
	read := f.files[name]
	if read == nil || name == Stdin {
		return fmt.Errorf("%s: it cannot be written", name)
	}
	spliced := make([]Change, len(changes))
	for n, change := range changes {
		values := make(map[string]string, len(change.Set))
		for entry, ciphertext := range change.Set {
			values[entry] = ciphertext.String()
		}
		spliced[n] = Change{Secret: change.Secret, Set: values, Drop: change.Drop}
	}
	text, err := read.Splice(spliced)
	if err == nil && !dry {
		err = replace(name, read.text, text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
