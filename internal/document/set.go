package document

import (
	"bytes"
	"encoding/json"
	"errors"

	"go.yaml.in/yaml/v3"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// Set returns the document with a value, given as JSON text, at a path. It creates the mappings on the way. The rest
// of the document stays, with its order and YAML's comments; its layout may change. A document that already has the
// value is returned unchanged. A dotenv file has no paths and is an error.
func Set(format Format, data []byte, path Path, text []byte) ([]byte, error) {
	leaf, err := readJSON(text)
	if err != nil {
		return nil, err
	}
	setValue := func(root *value) (*value, error) { return root.with(path, 0, leaf) }
	return edit(format, data, setValue, func(root *yaml.Node) error {
		made, err := yamlNode(text)
		if err != nil {
			return err
		}
		return setNode(root, path, made)
	})
}

// Unset returns the document without what is at a path. A path that leads to nothing is a *PathError.
func Unset(format Format, data []byte, path Path) ([]byte, error) {
	unsetValue := func(root *value) (*value, error) { return root.without(path, 0) }
	return edit(format, data, unsetValue, func(root *yaml.Node) error { return unsetNode(root, path) })
}

// edit changes a document twice, as values and as text, and fails unless both results agree.
func edit(
	format Format, data []byte, change func(*value) (*value, error), changeNode func(*yaml.Node) error,
) ([]byte, error) {
	if format == Env {
		return nil, errors.New("a dotenv file has no paths: replace the whole entry")
	}
	before, err := parse(format, data)
	if err != nil {
		return nil, err
	}
	after, err := change(before)
	if err != nil {
		return nil, err
	}
	want := after.appendJSON(nil)
	if bytes.Equal(before.appendJSON(nil), want) {
		return data, nil
	}
	if format == JSON {
		text := laidOut(want, data)
		if _, err := parse(JSON, text); err != nil { // it may now be nested too deep
			return nil, err
		}
		return text, nil
	}
	text, err := editYAML(data, changeNode)
	if err != nil {
		return nil, err
	}
	if got, err := ToJSON(YAML, text); err != nil || !bytes.Equal(got, want) {
		return nil, ErrOtherParts
	}
	return text, nil
}

var indentation = lazyregexp.New(`\n([ \t]+)`)

// laidOut returns JSON text with the indentation and the final line end of another document.
func laidOut(text, like []byte) []byte {
	var out bytes.Buffer
	if bytes.ContainsRune(bytes.TrimSpace(like), '\n') {
		indent := "  "
		if found := indentation().FindSubmatch(like); found != nil {
			indent = string(found[1])
		}
		if json.Indent(&out, text, "", indent) != nil {
			out.Reset()
		}
	}
	if out.Len() == 0 {
		out.Write(text)
	}
	if bytes.HasSuffix(like, []byte("\n")) {
		out.WriteByte('\n')
	}
	return out.Bytes()
}
