package document

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"
)

// Reasons why text is not a YAML document, or one that JSON cannot hold.
const (
	reasonYAML      = "not valid YAML"
	reasonControl   = "control character"
	reasonDocuments = "more than one document"
	reasonKey       = "want a scalar other than null as a key"
	reasonMerge     = "want a mapping, or a sequence of mappings, after a merge key"
	reasonCycle     = "alias to a value that contains the alias"
	reasonAliases   = "aliases expand to more than 4 MiB"
	reasonTag       = "tag is not one of YAML's own for this kind of value"
	reasonFits      = "value does not match its tag"
	reasonFinite    = "number is not finite"
	reasonBase64    = "binary value is not base64"
)

// parseYAML reads one document, which must be a mapping.
func parseYAML(data []byte) (*value, error) {
	if offset := bytes.IndexFunc(data, isControl); offset >= 0 {
		return nil, errorAt(YAML, data, offset, reasonControl)
	}
	root, err := yamlRoot(data)
	if err != nil {
		return nil, err
	}
	if root.Kind != yaml.MappingNode {
		return nil, yamlError(root, reasonMapping)
	}
	reader := yamlReader{budget: maxAliases, open: make(map[*yaml.Node]bool)}
	return reader.value(root, 0)
}

// isControl reports the characters that YAML allows only as escapes.
func isControl(char rune) bool {
	switch char {
	case '\t', '\n', '\r', '\u0085':
		return false
	default:
		return char < ' ' || char >= 0x7f && char < 0xa0 || char == 0xfffe || char == 0xffff
	}
}

// yamlRoot returns the top node of the only document.
func yamlRoot(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	first, err := nextDocument(decoder)
	switch {
	case errors.Is(err, io.EOF):
		return nil, &Error{Format: YAML, Reason: reasonEmpty}
	case err != nil:
		return nil, locatedYAML(data, err)
	}
	switch second, err := nextDocument(decoder); {
	case err == nil:
		return nil, yamlError(second, reasonDocuments)
	case !errors.Is(err, io.EOF):
		return nil, locatedYAML(data, err)
	}
	return first, nil
}

// nextDocument returns the top node of the next document, or io.EOF after the last. It recovers from panics of the
// library, because their text would show the document.
func nextDocument(decoder *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, errPanicked
		}
	}()
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return &document, nil
	}
	return document.Content[0], nil
}

func yamlError(node *yaml.Node, reason string) *Error {
	return &Error{Format: YAML, Line: node.Line, Column: node.Column, Reason: reason}
}
