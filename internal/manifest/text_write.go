package manifest

import (
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
	files, err := filesToWrite(root, texts)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, file := range files {
			file.discard()
		}
	}()
	for _, file := range files {
		if err := file.write(); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(directory, file.name), withoutPath(err))
		}
	}
	for _, file := range files {
		path := filepath.Join(directory, file.name)
		if err := file.rename(); err != nil {
			return written, partly(written, fmt.Errorf("%s: %w", path, withoutPath(err)))
		}
		written = append(written, path)
	}
	return written, nil
}

// filesToWrite are the files that do not have their content already.
func filesToWrite(root *os.Root, texts []*Text) (files []*rootFile, err error) {
	inputs := make([]fs.FileInfo, len(texts))
	for n, t := range texts {
		if inputs[n], err = os.Stat(t.Path); err != nil {
			return nil, err
		}
	}
	for n, t := range texts {
		file := &rootFile{root: root, name: t.name, text: t.Encoded(), mode: inputs[n].Mode().Perm()}
		same, err := hasContent(file, inputs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(root.Name(), file.name), withoutPath(err))
		}
		if !same {
			files = append(files, file)
		}
	}
	return files, nil
}

// hasContent reports whether the file has its content already. It must not be an input, and its mode stays.
func hasContent(f *rootFile, inputs []fs.FileInfo) (same bool, err error) {
	if err := f.checkParents(); err != nil {
		return false, err
	}
	if followed, err := f.root.Stat(f.name); err == nil {
		for _, input := range inputs {
			if os.SameFile(followed, input) {
				return false, errIsInput
			}
		}
	}
	info, same, err := f.there()
	if info != nil {
		f.mode = info.Mode().Perm()
	}
	return same, err
}
