package document

import "github.com/go-json-experiment/json/jsontext"

// value is a document of any format, or a part of one. A YAML document with aliases shares values, so a value must not
// be modified after it was read.
type value struct {
	kind kind
	// text is the content of a string, or the JSON text of a number or literal.
	text string
	// names are an object's keys in order, and items their values. An array has only items.
	names []string
	items []*value
}

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// appendJSON appends the value as compact JSON text.
func (v *value) appendJSON(dst []byte) []byte {
	switch v.kind {
	case kindString:
		return appendQuoted(dst, v.text)
	case kindArray:
		return v.appendMembers(append(dst, '['), ']')
	case kindObject:
		return v.appendMembers(append(dst, '{'), '}')
	default:
		return append(dst, v.text...)
	}
}

func (v *value) appendMembers(dst []byte, end byte) []byte {
	for i, item := range v.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.kind == kindObject {
			dst = append(appendQuoted(dst, v.names[i]), ':')
		}
		dst = item.appendJSON(dst)
	}
	return append(dst, end)
}

// appendQuoted appends UTF-8 text as a JSON string.
func appendQuoted(dst []byte, text string) []byte {
	// The only possible error is invalid UTF-8, which every parser here refuses.
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
