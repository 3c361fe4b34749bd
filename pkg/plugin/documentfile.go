package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/document"
)

// documentFile is one -f [ENTRY=]PATH: a document and the entry it is sealed as.
type documentFile struct {
	entry string
	path  string // "-" is stdin
}

const stdin = "-"

// parseDocumentFile reads the [ENTRY=]PATH of a flag. The entry is the file's
// name unless given.
func parseDocumentFile(flag, arg string) (documentFile, error) {
	entry, path, given := strings.Cut(arg, "=")
	if !given {
		entry, path = filepath.Base(arg), arg
	}
	switch {
	case strings.ContainsAny(entry, "{\"\n"):
		return documentFile{}, usagef("%s: want [ENTRY=]PATH, not the document itself", flag)
	case path == "":
		return documentFile{}, usagef("%s %q: want [ENTRY=]PATH", flag, arg)
	case path == stdin && !given:
		return documentFile{}, &usageError{err: errors.New("stdin has no name for its entry"), hint: fmt.Sprintf("say %s ENTRY=-, for instance %s secrets.json=-", flag, flag)}
	}
	return documentFile{entry: entry, path: path}, checkEntryName(entry)
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
	format, err := document.FormatOf(f.entry)
	if err != nil {
		return nil, &inputError{err: err, hint: "say which it is with ENTRY=PATH, as ENTRY.json=PATH"}
	}
	content, err := f.content(ctx, in)
	if err != nil {
		return nil, &inputError{err: err}
	}
	if len(content) > corev1.MaxSecretSize {
		return nil, &inputError{err: fmt.Errorf("%s is larger than %d bytes, the most that Kubernetes stores in a Secret", f.label(), corev1.MaxSecretSize)}
	}
	if err := document.Check(format, content); err != nil {
		return nil, &inputError{err: fmt.Errorf("%s: %w", f.label(), err)}
	}
	if isManifest(format, content) {
		return nil, &inputError{
			err:  fmt.Errorf("%s is the manifest of a Secret, not a document", f.label()),
			hint: "put its values into a JSON, YAML or dotenv document of their own",
		}
	}
	return content, nil
}

func (f documentFile) content(ctx context.Context, in io.Reader) ([]byte, error) {
	if f.path != stdin {
		file, err := os.Open(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: no such file", f.label())
		}
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	content, err := readAll(ctx, io.LimitReader(in, corev1.MaxSecretSize+1))
	if err != nil && f.path == stdin {
		return nil, fmt.Errorf("read stdin: %w", err)
	}
	return content, err // os names the file
}

// readAll reads until the end, or that of ctx: a terminal or a pipe may have none.
func readAll(ctx context.Context, in io.Reader) ([]byte, error) {
	var content []byte
	done := make(chan error, 1)
	go func() {
		all, err := io.ReadAll(in)
		content = all
		done <- err
	}()
	select {
	case err := <-done:
		return content, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
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

// isManifest tells a Secret's manifest from a document, so that it is not
// sealed as one by mistake.
func isManifest(format document.Format, content []byte) bool {
	text, err := document.ToJSON(format, content)
	if err != nil {
		return false
	}
	var head struct {
		APIVersion any `json:"apiVersion"`
		Kind       any `json:"kind"`
	}
	return json.Unmarshal(text, &head) == nil && head.APIVersion == "v1" && head.Kind == "Secret"
}
