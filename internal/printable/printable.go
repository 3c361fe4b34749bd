// Package printable escapes text that other people wrote, so that it cannot control a terminal, hide its content,
// or imitate lines of a log.
package printable

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Is reports whether a character can be shown unescaped. It is false for control characters, newline and tab included,
// and for characters that are invisible or change the direction of text: format characters, line separators, fillers,
// tags.
func Is(r rune) bool {
	switch {
	case r >= ' ' && r < 0x7f:
		return true
	case r == 0xfe0e, r == 0xfe0f: // select the text or the emoji form of a character, as in ✔️
		return true
	case r >= 0xe0000 && r <= 0xe0fff: // tags, and what Unicode reserves for similar characters
		return false
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Line returns the text as one line: every character that cannot be shown is escaped, newline and tab too.
func Line(text string) string { return escaped(text, "") }

// Text returns the text with its newlines and tabs: every other character that cannot be shown is escaped.
func Text(text string) string { return escaped(text, "\n\t") }

// escaped writes characters that cannot be shown as Go writes them in a string: \x1b, \u202e. Other text stays the
// same.
func escaped(text, layout string) string {
	var out strings.Builder
	from := 0 // start of the text that is not written yet
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

// Writer writes [Text] to a stream. One Write must not end within a character.
type Writer struct{ to io.Writer }

// NewWriter returns a Writer to a stream.
func NewWriter(to io.Writer) *Writer { return &Writer{to} }

func (w *Writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.to, Text(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Unwrap returns the stream itself, for output that controls a terminal.
func (w *Writer) Unwrap() io.Writer { return w.to }
