package document

import (
	"bytes"
	"unicode/utf8"
)

// checkText holds what every format asks of its bytes: UTF-8, no byte order
// mark, and something besides white space.
func checkText(format Format, data []byte) error {
	if bytes.HasPrefix(data, []byte("\uFEFF")) {
		return errorAt(format, data, 0, reasonBOM)
	}
	if !utf8.Valid(data) {
		return errorAt(format, data, firstInvalid(data), reasonUTF8)
	}
	if len(bytes.Trim(data, " \t\r\n")) == 0 {
		return &Error{Format: format, Reason: reasonEmpty}
	}
	return nil
}

// firstInvalid is the offset of the first byte that is no part of UTF-8 text.
func firstInvalid(data []byte) int {
	offset := 0
	for offset < len(data) {
		char, size := utf8.DecodeRune(data[offset:])
		if char == utf8.RuneError && size == 1 {
			break
		}
		offset += size
	}
	return offset
}
