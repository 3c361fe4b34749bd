// Package styled writes documents in every style that people and programs use, for tests of what reads or changes them.
package styled

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// Writer writes documents in one random style of YAML or JSON.
type Writer struct {
	*rand.Rand

	out                      strings.Builder
	indent, listIndent, dash int
	comments, properties     bool // comments; tags and anchors
}

// New returns a Writer with a random style.
func New(random *rand.Rand) *Writer {
	w := &Writer{Rand: random}
	w.indent = []int{2, 2, 2, 4, 1, 3}[w.IntN(6)]
	w.listIndent = []int{0, 0, 2, 4, 1}[w.IntN(5)]
	w.dash = []int{2, 2, 2, 4}[w.IntN(4)]
	w.comments = w.chance(2)
	w.properties = w.chance(5)
	return w
}

func (w *Writer) oneOf(words ...string) string { return words[w.IntN(len(words))] }

func (w *Writer) chance(of int) bool { return w.IntN(of) == 0 }

// Document writes a document. It takes an object that is not empty, as JSON text.
func (w *Writer) Document(text []byte) (string, error) {
	value, err := read(json.NewDecoder(bytes.NewReader(text)))
	if err != nil {
		return "", err
	}
	var asJSON bytes.Buffer
	switch w.IntN(8) {
	case 0:
		err = json.Compact(&asJSON, text)
	case 1:
		err = json.Indent(&asJSON, text, "", w.oneOf("  ", "    ", "\t", " "))
	case 2:
		return w.flow(value, 0, false) + w.oneOf("", "\n", " # end\n"), nil
	default:
		return w.document(value.(object)), nil
	}
	return asJSON.String() + w.oneOf("", "\n"), err
}

// document writes a document in block style.
func (w *Writer) document(root object) string {
	w.out.Reset()
	if w.chance(3) {
		w.write(w.oneOf("# head\n", "\n", "---\n", "--- # c\n", "# h\n---\n# i\n"))
	}
	column := 0
	if w.chance(10) {
		column = 2
	}
	w.pad(column)
	w.members(root, column)
	text := w.out.String()
	switch w.IntN(6) {
	case 0:
		text = strings.TrimRight(text, "\n")
	case 1:
		text += w.oneOf("# end\n", "\n\n", "  # end", "...\n", "# a\n\n# b\n")
	}
	if w.chance(6) {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if w.chance(20) {
		text = "\ufeff" + text
	}
	return text
}

// object is a mapping with its order.
type object []member

type member struct {
	name  string
	value any
}

// read reads JSON text.
func read(decoder *json.Decoder) (any, error) {
	decoder.UseNumber()
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		items := []any{}
		for decoder.More() {
			item, err := read(decoder)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		}
		_, err = decoder.Token()
		return items, err
	case json.Delim('{'):
		members := object{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := read(decoder)
			if err != nil {
				return nil, err
			}
			members = append(members, member{name.(string), value})
		}
		_, err = decoder.Token()
		return members, err
	}
	return token, nil
}
