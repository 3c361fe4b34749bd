package document

import (
	"bytes"
	"unicode/utf8"
)

// checkText checks what every format requires: UTF-8, no byte order mark, and more than white space.
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

// firstInvalid returns the offset of the first byte that is not valid UTF-8.
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
