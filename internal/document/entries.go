package document

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// base64Width is how many characters of base64 stand on a line.
const base64Width = 76

// PrintEntries prints the entries of a Secret as a YAML mapping, by name: text as it is, in literal blocks where it has
// several lines, and other bytes as base64 behind the tag !!binary. ParseEntries reads the same bytes back.
func PrintEntries(entries map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		value, tag := string(entries[name]), ""
		if !IsText(entries[name]) {
			value, tag = wrapped(base64.StdEncoding.EncodeToString(entries[name])), "!!binary "
		}
		object := fmt.Sprintf("{%s:%s}", JSONString(name), JSONString(value))
		text, err := ToYAML([]byte(object))
		if err != nil {
			return nil, err
		}
		colon := bytes.IndexByte(text, ':') + 2 // an entry's name has none
		out.Write(text[:colon])
		out.WriteString(tag)
		out.Write(text[colon:])
	}
	return out.Bytes(), nil
}

// IsText tells whether bytes are text that a person can edit: UTF-8 without control characters but for tabs and ends of
// lines.
func IsText(value []byte) bool {
	return utf8.Valid(value) && !bytes.ContainsFunc(value, func(char rune) bool {
		return char < ' ' && char != '\n' && char != '\t' && char != '\r' || char == 0x7f || char == 0xfeff
	})
}

func wrapped(text string) string {
	var lines strings.Builder
	for len(text) > base64Width {
		lines.WriteString(text[:base64Width] + "\n")
		text = text[base64Width:]
	}
	return lines.String() + text + "\n"
}

const reasonEntry = "the value of an entry is text: quote it, or write it as a block behind |"

// ParseEntries reads what PrintEntries prints, and what a person has made of it. A value is the text as it is written,
// also where YAML would take it for a number. Its errors are an *Error.
func ParseEntries(text []byte) (map[string][]byte, error) {
	entries := map[string][]byte{}
	if blankYAML(text) {
		return entries, nil
	}
	if err := Check(YAML, text); err != nil {
		return nil, err
	}
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || root.Kind != yaml.DocumentNode || root.Content[0].Kind != yaml.MappingNode {
		return nil, &Error{Format: YAML, Reason: reasonMapping}
	}
	pairs := root.Content[0].Content
	for n := 0; n+1 < len(pairs); n += 2 {
		value, err := entryBytes(pairs[n+1])
		if err != nil {
			return nil, err
		}
		entries[pairs[n].Value] = value
	}
	return entries, nil
}

func entryBytes(node *yaml.Node) ([]byte, error) {
	switch {
	case node.Kind != yaml.ScalarNode:
		return nil, &Error{Format: YAML, Line: node.Line, Reason: reasonEntry}
	case node.Tag != "!!binary":
		return []byte(node.Value), nil
	}
	value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(node.Value), ""))
	if err != nil {
		return nil, &Error{Format: YAML, Line: node.Line, Reason: reasonBase64}
	}
	return value, nil
}

// blankYAML tells whether there is nothing but comments.
func blankYAML(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}
