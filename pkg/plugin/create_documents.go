package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// documentFile is one -f [ENTRY=]PATH: a document and the entry it is sealed as.
type documentFile struct {
	entry string // empty: stdin without a name, which can only be a manifest
	path  string // "-" is stdin
	named bool   // the entry was given, not taken from the file's name
}

const stdin = "-"

// parseDocumentFile reads the [ENTRY=]PATH of a flag. The entry is the file's
// name unless given.
func parseDocumentFile(flag, arg string) (documentFile, error) {
	entry, path, given := strings.Cut(arg, "=")
	if !given {
		entry, path = filepath.Base(arg), arg
	}
	// Of a document the last part may look like a file's name, though hardly like an entry's.
	document := !given && strings.ContainsAny(arg, "{\n") && checkEntryName(entry) != nil
	switch {
	case document, strings.ContainsAny(entry, "{\"\n"):
		return documentFile{}, usagef("%s: want [ENTRY=]PATH, not the document itself", flag)
	case path == "":
		return documentFile{}, usagef("%s %q: want [ENTRY=]PATH", flag, arg)
	case path == stdin && !given:
		return documentFile{path: stdin}, nil
	}
	return documentFile{entry: entry, path: path, named: given}, checkEntryName(entry)
}

// checkNamed refuses stdin without the name of an entry.
func (f documentFile) checkNamed(flag string) error {
	if f.entry != "" {
		return nil
	}
	return newUsageError(errors.New("stdin has no name for its entry"),
		namedStdinHint(flag))
}

// secretName is the name that the file gives to its Secret: its stem. Empty
// where it gives none.
func (f documentFile) secretName() string {
	if f.path == stdin {
		return ""
	}
	base := filepath.Base(f.path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// read reads and checks the document. No error quotes what is in it.
func (f documentFile) read(ctx context.Context, in io.Reader) ([]byte, error) {
	content, err := f.bytes(ctx, in)
	if err != nil {
		return nil, err
	}
	plain, err := parsePlain(ctx, content)
	if err != nil {
		return nil, err
	}
	return content, f.check(content, plain)
}

// parsePlain parses the content of a file, once for all that is to be known of it.
func parsePlain(ctx context.Context, content []byte) (*manifest.Plain, error) {
	return interruptible(ctx, func() (*manifest.Plain, error) { return manifest.ReadPlain(content), nil })
}

// bytes reads the file, which is not larger than it may be.
func (f documentFile) bytes(ctx context.Context, in io.Reader) ([]byte, error) {
	content, err := f.content(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(content) > manifest.MaxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes, the most that is read", f.label(), manifest.MaxFile)
	}
	if !f.mayBeManifest() {
		return content, f.checkSize(content)
	}
	return content, nil
}

// checkSize refuses what no Secret can hold.
func (f documentFile) checkSize(content []byte) error {
	if len(content) <= corev1.MaxSecretSize {
		return nil
	}
	return fmt.Errorf("%s is larger than %d bytes, the most that Kubernetes stores in a Secret", f.label(),
		corev1.MaxSecretSize)
}

// mayBeManifest reports whether the file's content may turn out to be manifests.
func (f documentFile) mayBeManifest() bool {
	format, err := document.FormatOf(f.path)
	return !f.named && (f.path == stdin || err == nil && format != document.Env)
}

// check reports whether the content is the document that the entry's name says.
func (f documentFile) check(content []byte, plain *manifest.Plain) error {
	format, err := document.FormatOf(f.entry)
	if err != nil {
		return withHint(err, documentFormatHint())
	}
	if err := f.checkSize(content); err != nil {
		return err
	}
	if err := plain.CheckDocument(format); err != nil {
		return fmt.Errorf("%s: %w", f.label(), err)
	}
	if plain.IsManifest {
		return withHint(
			fmt.Errorf("%s is the manifest of a Secret, not a document", f.label()),
			manifestNotDocumentHint(),
		)
	}
	return nil
}

func (f documentFile) content(ctx context.Context, in io.Reader) ([]byte, error) {
	content, err := readInput(ctx, in, f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such file", f.label())
	case err != nil:
		return nil, f.readError(err)
	}
	return content, nil
}

// checkEmpty refuses a source that is read once and has nothing in it: the command before a pipe has failed, or the
// pipe was forgotten. A file that is empty is meant so.
func (f documentFile) checkEmpty(content []byte, what string) error {
	if len(content) > 0 || !isStream(f.path) {
		return nil
	}
	return withHint(fmt.Errorf("%s: %s is empty", what, f.label()), emptyValueHint())
}

// readError names the file by its label: os would quote a document that stands in place of the path.
func (f documentFile) readError(err error) error {
	var atPath *fs.PathError
	if errors.As(err, &atPath) {
		err = atPath.Err
	}
	return fmt.Errorf("read %s: %w", f.label(), err)
}

// label names the file in messages. What is plainly a document, given where its
// path belongs, is not repeated.
func (f documentFile) label() string {
	switch {
	case f.path == stdin:
		return "stdin"
	case strings.ContainsAny(f.path, "{\n"):
		return "a path that looks like a document"
	}
	return f.path
}
