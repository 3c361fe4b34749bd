package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Set gives the document with a value, which is JSON text, at a path. Mappings that lead there are made. What the
// document says besides stays as it is, with its order and, in YAML, its comments; its layout may change. A document
// that has the value already is given back unchanged. It fails on dotenv files, which have no paths.
func Set(format Format, data []byte, path Path, text []byte) ([]byte, error) {
	leaf, err := readJSON(text)
	if err != nil {
		return nil, err
	}
	return edit(format, data, func(root *value) (*value, error) { return root.with(path, 0, leaf) }, func(root *yaml.Node) error {
		made, err := yamlNode(text)
		if err != nil {
			return err
		}
		return setNode(root, path, made)
	})
}

// Unset gives the document without what is at a path, which must be there.
func Unset(format Format, data []byte, path Path) ([]byte, error) {
	return edit(format, data, func(root *value) (*value, error) { return root.without(path, 0) }, func(root *yaml.Node) error {
		return unsetNode(root, path)
	})
}

// edit changes a document in both forms, the text and what it means, and sees to it that they agree.
func edit(format Format, data []byte, change func(*value) (*value, error), changeNode func(*yaml.Node) error) ([]byte, error) {
	if format == Env {
		return nil, errors.New("a dotenv file has no paths: replace the entry as a whole")
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
		if _, err := parse(JSON, text); err != nil { // it may be nested too deep now
			return nil, err
		}
		return text, nil
	}
	text, err := editYAML(data, changeNode)
	if err != nil {
		return nil, err
	}
	if got, err := ToJSON(YAML, text); err != nil || !bytes.Equal(got, want) {
		return nil, errors.New("the document cannot be changed there without changing more of it: edit it as a whole")
	}
	return text, nil
}

var indentation = regexp.MustCompile(`\n([ \t]+)`)

// laidOut gives JSON text the indentation and the end that a document had.
func laidOut(text, like []byte) []byte {
	var out bytes.Buffer
	if bytes.ContainsRune(bytes.TrimSpace(like), '\n') {
		indent := "  "
		if found := indentation.FindSubmatch(like); found != nil {
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
