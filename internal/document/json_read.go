package document

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// readJSON reads JSON text with one value of any kind.
func readJSON(data []byte) (*value, error) {
	if err := checkText(JSON, data); err != nil {
		return nil, err
	}
	return parseJSON(data)
}

// parseJSONObject reads JSON text with one object.
func parseJSONObject(data []byte) (*value, error) {
	root, err := parseJSON(data)
	if err == nil && root.kind != kindObject {
		return nil, errorAt(JSON, data, leadingSpace(data), reasonMapping)
	}
	return root, err
}

// parseJSON reads one value of strict RFC 8259 JSON and refuses duplicate keys.
func parseJSON(data []byte) (*value, error) {
	p := jsonParser{data: data, decoder: jsontext.NewDecoder(bytes.NewBuffer(data))}
	root, err := p.value()
	if err != nil {
		return nil, p.located(err)
	}
	end := int(p.decoder.InputOffset())
	if end += leadingSpace(data[end:]); end < len(data) {
		return nil, errorAt(JSON, data, end, reasonAfter)
	}
	return root, nil
}

// leadingSpace counts the bytes of white space at the start of JSON text.
func leadingSpace(data []byte) int {
	return len(data) - len(bytes.TrimLeft(data, " \t\r\n"))
}

type jsonParser struct {
	data    []byte
	decoder *jsontext.Decoder
}

// value reads the next value. It returns nil for a closing bracket or brace.
func (p *jsonParser) value() (*value, error) {
	token, err := p.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return &value{kind: kindNull, text: "null"}, nil
	case 't', 'f':
		return &value{kind: kindBool, text: token.String()}, nil
	case '0':
		return &value{kind: kindNumber, text: token.String()}, nil
	case '"':
		return &value{kind: kindString, text: token.String()}, nil
	case '[':
		return p.members(&value{kind: kindArray})
	case '{':
		return p.members(&value{kind: kindObject})
	default:
		return nil, nil
	}
}

// members reads the members of parent after its opening bracket or brace.
func (p *jsonParser) members(parent *value) (*value, error) {
	if p.decoder.StackDepth() > maxDepth {
		return nil, errorAt(JSON, p.data, int(p.decoder.InputOffset())-1, reasonDeep)
	}
	for {
		item, err := p.value()
		if err != nil || item == nil {
			return parent, err
		}
		if parent.kind == kindObject {
			parent.names = append(parent.names, item.text)
			if item, err = p.value(); err != nil {
				return nil, err
			}
		}
		parent.items = append(parent.items, item)
	}
}

// Reasons why text is not JSON.
const (
	reasonSyntax = "not valid JSON"
	reasonEnd    = "unexpected end of the document"
	reasonAfter  = "text after the end of the document"
)

// jsonReasons maps the end of a message of jsontext to a reason. The message itself can quote the document and must not
// be shown.
var jsonReasons = []struct{ suffix, reason string }{
	{"at start of value", "want a value"},
	{"missing value after object name", "want a value"},
	{"after object name (expecting ':')", "want ':' after a key"},
	{"after object value (expecting ',' or '}')", "want ',' or '}' after a member"},
	{"after array element (expecting ',' or ']')", "want ',' or ']' after an element"},
	{"object member name must be a string", "want a string in double quotes as a key"},
	{"in string (expecting non-control character)", "control character in a string: use an escape"},
	{"in string", "invalid escape in a string"},
	{"in number (expecting digit)", "invalid number"},
}

// located converts an error of the decoder to an *Error.
func (p *jsonParser) located(err error) error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok || syntax.Err == nil {
		return errorAt(JSON, p.data, len(p.data), reasonEnd)
	}
	return errorAt(JSON, p.data, int(syntax.ByteOffset), jsonReason(syntax.Err))
}

func jsonReason(err error) string {
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return reasonDuplicate
	case errors.Is(err, io.ErrUnexpectedEOF):
		return reasonEnd
	}
	message := err.Error()
	for _, known := range jsonReasons {
		if strings.HasSuffix(message, known.suffix) {
			return known.reason
		}
	}
	return reasonSyntax
}
