package document

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// base64Width is the length of a line of base64.
const base64Width = 76

// PrintEntries prints the entries of a Secret as a YAML mapping, sorted by name. Text is printed as it is, in literal
// blocks when it has several lines; other bytes are printed as base64 after the tag !!binary. ParseEntries reads the
// same bytes back.
func PrintEntries(entries map[string][]byte) []byte {
	var p yamlPrinter
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		text := string(entries[name])
		p.out = append(append(p.out, yamlString(name)...), ':')
		if !IsText(entries[name]) {
			text = wrapped(base64.StdEncoding.EncodeToString(entries[name]))
			p.out = append(p.out, " !!binary"...)
		}
		p.afterIndicator(&value{kind: kindString, text: text}, 0)
	}
	return p.out
}

// IsText reports whether a person can edit the bytes as text: UTF-8 whose only control characters are tabs and line
// ends.
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

const reasonEntry = "the value of an entry is text: quote it, or write it as a block after |"

// ParseEntries reads what PrintEntries prints, after a person has edited it. A value is its text as written, even where
// YAML would read a number. Its errors are of type *Error.
func ParseEntries(text []byte) (map[string][]byte, error) {
	entries := map[string][]byte{}
	if blankYAML(text) {
		return entries, nil
	}
	if err := Check(YAML, text); err != nil {
		return nil, err
	}
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil || root.Kind != yaml.DocumentNode ||
		root.Content[0].Kind != yaml.MappingNode {
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

// blankYAML reports whether the text holds nothing but comments.
func blankYAML(text []byte) bool {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}
