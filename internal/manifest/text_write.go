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

// PartlyWrittenError says that some files were written before one could not be.
type PartlyWrittenError struct {
	Written []string
	Err     error
}

func (e *PartlyWrittenError) Error() string { return e.Err.Error() }
func (e *PartlyWrittenError) Unwrap() error { return e.Err }

// WriteInPlace writes the changed texts to their files, each in one step. It writes none of them if one cannot be
// written, or has changed since it was read (kube.ErrConflict). Modes and links stay.
func WriteInPlace(texts []*Text) (err error) {
	var all []*replacement
	var names []string
	defer func() {
		for _, r := range all {
			r.discard()
		}
	}()
	for _, t := range texts {
		if !t.Changed() {
			continue
		}
		r, err := prepareReplacement(t.root, t.Path, t.raw, t.Encoded())
		if err != nil {
			return fmt.Errorf("%s: %w", t.Path, withoutPath(err))
		}
		all, names = append(all, r), append(names, t.Path)
	}
	for n, r := range all {
		if err := r.check(); err != nil {
			return fmt.Errorf("%s: %w", names[n], withoutPath(err))
		}
	}
	for n, r := range all {
		if err := r.commit(); err != nil {
			return partly(names[:n], fmt.Errorf("%s: %w", names[n], withoutPath(err)))
		}
	}
	return nil
}

func partly(written []string, err error) error {
	if len(written) == 0 {
		return err
	}
	return &PartlyWrittenError{written, err}
}

// Below is the path of the text below a directory of results.
func (t *Text) Below(directory string) string { return filepath.Join(directory, t.name) }

// output is a text and its place below a directory of results.
type output struct {
	name   string
	text   []byte
	mode   fs.FileMode
	exists bool   // with this text
	made   string // the temporary file
}

var (
	errIsInput   = errors.New("it is a file of the input, which would be overwritten")
	errTwoInputs = errors.New("two files of the input have this name")
)

// WriteBelow writes the texts, changed or not, to files of their names below a directory, which it creates. It writes
// none if one of them cannot be written. It writes no file of the input, follows no link below the directory, and does
// not touch a file that has its content already. It returns the names of the files that it wrote.
func WriteBelow(directory string, texts []*Text) (written []string, err error) {
	taken := map[string]bool{}
	for _, t := range texts {
		if taken[t.name] {
			return nil, fmt.Errorf("%s: %w", t.Below(directory), errTwoInputs)
		}
		taken[t.name] = true
	}
	if err := os.MkdirAll(directory, 0o755); err != nil { //nolint:gosec // as mkdir makes it: what is in it is sealed
		return nil, err
	}
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	outputs, err := outputsBelow(root, texts)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, o := range outputs {
			if o.made != "" {
				_ = root.Remove(o.made)
			}
		}
	}()
	for _, o := range outputs {
		if err := o.prepare(root); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(directory, o.name), withoutPath(err))
		}
	}
	for _, o := range outputs {
		if err := root.Rename(o.made, o.name); err != nil {
			return written, partly(written, fmt.Errorf("%s: %w", filepath.Join(directory, o.name), withoutPath(err)))
		}
		o.made = ""
		written = append(written, filepath.Join(directory, o.name))
	}
	return written, nil
}

// outputsBelow are the files to write.
func outputsBelow(root *os.Root, texts []*Text) ([]*output, error) {
	inputs := make([]fs.FileInfo, len(texts))
	var err error
	for n, t := range texts {
		if inputs[n], err = os.Stat(t.Path); err != nil {
			return nil, err
		}
	}
	var outputs []*output
	for n, t := range texts {
		o := &output{name: t.name, text: t.Encoded(), mode: inputs[n].Mode().Perm()}
		if err := o.compare(root, inputs); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(root.Name(), o.name), withoutPath(err))
		}
		if !o.exists {
			outputs = append(outputs, o)
		}
	}
	return outputs, nil
}

// checkParents checks that what exists of the path to the file are directories. A link there would let a text replace
// another one.
func (o *output) checkParents(root *os.Root) error {
	for parent := filepath.Dir(o.name); parent != "."; parent = filepath.Dir(parent) {
		info, err := root.Lstat(parent)
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

// compare looks at the file that is there already.
func (o *output) compare(root *os.Root, inputs []fs.FileInfo) error {
	if err := o.checkParents(root); err != nil {
		return err
	}
	info, err := root.Lstat(o.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	for _, input := range inputs {
		if followed, err := root.Stat(o.name); err == nil && os.SameFile(followed, input) {
			return errIsInput
		}
	}
	if !info.Mode().IsRegular() {
		return errNoRegular
	}
	o.mode = info.Mode().Perm()
	file, err := root.OpenFile(o.name, os.O_RDONLY|withoutWaiting(), 0)
	if err != nil {
		return err
	}
	is, err := readRegular(file, int64(len(o.text)))
	o.exists = err == nil && bytes.Equal(is, o.text)
	if errors.Is(err, errTooLarge) {
		err = nil
	}
	return err
}

// prepare writes the file under a temporary name, which is in no listing of manifests.
func (o *output) prepare(root *os.Root) error {
	if err := root.MkdirAll(filepath.Dir(o.name), 0o755); err != nil {
		return err
	}
	if err := o.checkParents(root); err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(o.name), "."+filepath.Base(o.name)+"."+rand.Text())
	made, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	o.made = name
	_, err = made.Write(o.text)
	return errors.Join(err, made.Chmod(o.mode), made.Sync(), made.Close())
}
