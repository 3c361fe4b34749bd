// Package printable escapes text that others have written, so that it cannot send commands to a terminal, hide its
// content, or look like lines of a log.
package printable

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Is tells whether a character can be shown as it is. Control characters cannot, nor what is invisible or changes
// the direction of what follows: format characters, line separators, fillers, tags. It is false for newline and tab.
func Is(r rune) bool {
	switch {
	case r >= ' ' && r < 0x7f:
		return true
	case r == 0xfe0e, r == 0xfe0f: // these make a sign text or a picture, as in ✔️
		return true
	case r >= 0xe0000 && r <= 0xe0fff: // tags, and what Unicode keeps for their like
		return false
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Line is the text in one line: every character that cannot be shown is escaped, newline and tab too.
func Line(text string) string { return escaped(text, "") }

// Text is the text with its own newlines and tabs: every other character that cannot be shown is escaped.
func Text(text string) string { return escaped(text, "\n\t") }

// escaped writes what cannot be shown as Go does in a string: \x1b, \u202e. Text that can be shown is the same after it.
func escaped(text, layout string) string {
	var out strings.Builder
	from := 0 // where what is not written yet begins
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		invalid := r == utf8.RuneError && size == 1
		if !invalid && (Is(r) || strings.ContainsRune(layout, r)) {
			at += size
			continue
		}
		out.WriteString(text[from:at])
		if invalid {
			fmt.Fprintf(&out, `\x%02x`, text[at])
		} else {
			out.WriteString(escape(r))
		}
		at += size
		from = at
	}
	if from == 0 {
		return text
	}
	out.WriteString(text[from:])
	return out.String()
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// Writer writes [Text] to a stream. A character must be whole in one Write.
type Writer struct{ to io.Writer }

// NewWriter makes a Writer to a stream.
func NewWriter(to io.Writer) *Writer { return &Writer{to} }

func (w *Writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.to, Text(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Unwrap is the stream itself, for what draws on a terminal.
func (w *Writer) Unwrap() io.Writer { return w.to }
