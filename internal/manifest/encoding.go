package manifest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is the encoding of a file. PowerShell's > writes UTF-16.
type encoding int

const (
	inUTF8 encoding = iota
	inUTF8WithMark
	inUTF16LE
	inUTF16BE
)

const byteOrderMark = "\ufeff"

// mark is the byte order mark of the encoding.
func (e encoding) mark() []byte {
	switch e {
	case inUTF8WithMark:
		return []byte(byteOrderMark)
	case inUTF16LE:
		return []byte{0xff, 0xfe}
	case inUTF16BE:
		return []byte{0xfe, 0xff}
	}
	return nil
}

// The reasons why bytes are not text.
var (
	errNotUTF8  = errors.New("not UTF-8")
	errNotUTF16 = errors.New("not valid UTF-16: save the file as UTF-8")
	errZero     = errors.New(
		"zero bytes in it: it is not text, or UTF-16 without a byte order mark: save the file as UTF-8")
)

// decode converts a file to UTF-8 without a byte order mark. encode is the reverse.
func decode(raw []byte) ([]byte, encoding, error) {
	for _, e := range []encoding{inUTF8WithMark, inUTF16LE, inUTF16BE} {
		body, marked := bytes.CutPrefix(raw, e.mark())
		if !marked {
			continue
		}
		if e == inUTF8WithMark {
			return body, e, checkText(body)
		}
		text, err := e.decodeUTF16(body)
		return text, e, err
	}
	return raw, inUTF8, checkText(raw)
}

func checkText(text []byte) error {
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		return errZero
	case !utf8.Valid(text):
		return errNotUTF8
	}
	return nil
}

func (e encoding) order() binary.AppendByteOrder {
	if e == inUTF16BE {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (e encoding) decodeUTF16(body []byte) ([]byte, error) {
	if len(body)%2 != 0 {
		return nil, errNotUTF16
	}
	order, units := binary.ByteOrder(binary.LittleEndian), make([]uint16, len(body)/2)
	if e == inUTF16BE {
		order = binary.BigEndian
	}
	for n := range units {
		units[n] = order.Uint16(body[2*n:])
	}
	text := []byte(string(utf16.Decode(units)))
	if !bytes.Equal(e.encode(text), append(e.mark(), body...)) {
		return nil, errNotUTF16 // half of a pair
	}
	return text, checkText(text)
}

// encode converts a text to the encoding, with its mark.
func (e encoding) encode(text []byte) []byte {
	out := e.mark()
	if e == inUTF8 || e == inUTF8WithMark {
		return append(out, text...)
	}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		out = e.order().AppendUint16(out, unit)
	}
	return out
}
