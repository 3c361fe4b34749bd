package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// value reads the new value, and says what becomes of the old one.
func (o *setOptions) value(ctx context.Context, entry string) (func([]byte) ([]byte, error), error) {
	if o.path != "" { // before anything is asked for
		if _, err := o.edit(entry, nil); err != nil {
			return nil, err
		}
	}
	content, err := o.read(ctx, entry)
	if err != nil {
		return nil, err
	}
	if o.path == "" {
		if _, err := document.FormatOf(entry); err == nil {
			plain, err := parsePlain(ctx, content)
			if err == nil {
				err = documentFile{entry: entry, path: o.source()}.check(content, plain)
			}
			return func([]byte) ([]byte, error) { return content, nil }, err
		}
		return func([]byte) ([]byte, error) { return content, nil }, nil
	}
	text, err := o.text(content)
	if err != nil {
		return nil, err
	}
	return o.edit(entry, func(format document.Format, old []byte, path document.Path) ([]byte, error) {
		return document.Set(format, old, path, text)
	})
}

func (o *setOptions) source() string {
	if o.file == "" {
		return stdin
	}
	return o.file
}

// read reads the value, as it is used. One that is empty must be meant.
func (o *setOptions) read(ctx context.Context, entry string) ([]byte, error) {
	process := o.globals.process
	what, file := fmt.Sprintf("entry %q", entry), documentFile{path: o.source()}
	if o.path != "" {
		what += " field " + o.path
	}
	if o.file == "" && isTerminal(process.In) {
		content, err := process.askSecret(ctx, strings.TrimSpace(entry+" "+o.path))
		if err == nil && len(content) == 0 && !o.allowEmpty {
			err = errNoAnswer(what)
		}
		return content, err
	}
	content, err := file.bytes(ctx, process.In)
	if err != nil {
		return nil, err
	}
	if o.path != "" {
		content = withoutLineEnd(content)
	}
	if !o.allowEmpty {
		err = file.checkEmpty(content, what)
	}
	return content, err
}

// withoutLineEnd leaves out the line end that echo adds, on Windows as two bytes.
func withoutLineEnd(content []byte) []byte {
	if text, found := bytes.CutSuffix(content, []byte("\n")); found {
		return bytes.TrimSuffix(text, []byte("\r"))
	}
	return content
}

// text is the value of a field as JSON.
func (o *setOptions) text(content []byte) ([]byte, error) {
	switch {
	case !utf8.Valid(content):
		return nil, errors.New("the value of a field is text, and this is not UTF-8")
	case !o.json:
		return document.JSONString(string(content)), nil
	case !json.Valid(content):
		return nil, errors.New("--json: the value is not JSON")
	}
	return content, nil
}

// edit changes the document at --path.
func (o *setOptions) edit(entry string,
	change func(document.Format, []byte, document.Path) ([]byte, error)) (func([]byte) ([]byte, error), error) {
	path, err := document.ParsePath(o.path)
	if err != nil {
		return nil, usagef("--path: %w", err)
	}
	format, err := document.FormatOf(entry)
	if err != nil || format == document.Env {
		return nil, usagef("--path is for JSON and YAML documents, and the name of entry %q does not end in .json, "+
			".yaml or .yml", entry)
	}
	return func(old []byte) ([]byte, error) {
		if old == nil {
			return nil, fmt.Errorf("%w: --path changes an existing document", kube.ErrNotFound)
		}
		return change(format, old, path)
	}, nil
}
