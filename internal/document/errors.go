package document

import (
	"fmt"
	"unicode/utf8"
)

// Error says what is wrong with a document, and where.
type Error struct {
	Format Format
	// Line and Column start at 1; a column counts characters. A column of 0 is unknown. A line of 0 means the whole
	// document.
	Line, Column int
	// Reason is one of a fixed set of texts and never quotes the document.
	Reason string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Reason
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	default:
		return fmt.Sprintf("line %d column %d: %s", e.Line, e.Column, e.Reason)
	}
}

// MemberError says which member of a well-formed document cannot be printed. It holds the name and never the value.
type MemberError struct {
	Name   string
	Reason string
}

func (e *MemberError) Error() string {
	return fmt.Sprintf("member %q: %s", e.Name, e.Reason)
}

// Reasons that several formats share.
const (
	reasonFormat    = "unknown format"
	reasonEmpty     = "empty"
	reasonUTF8      = "not UTF-8"
	reasonBOM       = "byte order mark: save the file as UTF-8 without one"
	reasonMapping   = "want a mapping at the top level"
	reasonDuplicate = "duplicate key"
	reasonDeep      = "nested deeper than 1,000 levels"
)

// maxDepth limits nesting, so that recursion cannot exhaust the stack. reasonDeep contains the number.
const maxDepth = 1000

// errorAt returns an error at a byte offset of the document.
func errorAt(format Format, data []byte, offset int, reason string) *Error {
	line, column := position(data, offset)
	return &Error{Format: format, Line: line, Column: column, Reason: reason}
}

// position converts a byte offset to a line and a column, which counts characters.
func position(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	line, column = 1, 1
	for len(before) > 0 {
		char, size := utf8.DecodeRune(before)
		before = before[size:]
		column++
		if char == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}
