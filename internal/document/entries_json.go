package document

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"unicode/utf8"
)

// OfEntries returns the entries of a Secret as one compact JSON value: a single entry as its own value, several as
// ObjectOfEntries returns them.
func OfEntries(entries map[string][]byte) ([]byte, error) {
	if len(entries) == 1 {
		for name, plaintext := range entries {
			return ofEntry(name, plaintext)
		}
	}
	return ObjectOfEntries(entries)
}

// ObjectOfEntries returns a compact JSON object of all entries by name: documents are nested, text is a string, other
// bytes are base64.
func ObjectOfEntries(entries map[string][]byte) ([]byte, error) {
	var object bytes.Buffer
	object.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(entries)) {
		if i > 0 {
			object.WriteByte(',')
		}
		value, err := ofEntry(name, entries[name])
		if err != nil {
			return nil, err
		}
		object.Write(JSONString(name))
		object.WriteByte(':')
		object.Write(value)
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}

func ofEntry(name string, plaintext []byte) ([]byte, error) {
	if format, err := FormatOf(name); err == nil {
		if value, err := ToJSON(format, plaintext); err == nil {
			return value, nil
		}
	}
	if utf8.Valid(plaintext) {
		return JSONString(string(plaintext)), nil
	}
	return JSONString(base64.StdEncoding.EncodeToString(plaintext)), nil
}

// JSONString returns UTF-8 text as a JSON string.
func JSONString(text string) []byte { return appendQuoted(nil, text) }
