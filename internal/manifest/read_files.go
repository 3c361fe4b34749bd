package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

// reading are Files while they are read.
type reading struct {
	*Files

	bytes   int // of all files
	objects int // documents and Secrets
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
	}
	f := finder{recursive: recursive, content: content, take: r.take, leave: r.leave, seen: map[string]bool{}}
	if err := f.findAll(paths); err != nil {
		return nil, err
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

// take reads the text of a file.
func (r *reading) take(file found) error {
	if r.bytes += len(file.text); r.bytes > maxTotal {
		return ErrTooMuch
	}
	read, err := ReadSealed(file.text)
	if err != nil {
		return err
	}
	if r.objects += read.documents + len(read.secrets) + len(read.unread); r.objects > maxObjects {
		return ErrTooMany
	}
	if file.root == "" && read.empty {
		return errors.New("it is empty: there is no manifest in it")
	}
	if file.root != "" {
		r.roots[file.path] = file.root
	}
	r.put(file.path, read)
	r.names = append(r.names, file.path)
	for _, err := range read.Unread() {
		r.leave(file.path, err)
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
