// Package shell writes text as words of a POSIX shell.
package shell

import "strings"

// Quote makes one word of text: in single quotes, unless it needs none. It does not change characters that a terminal
// cannot show.
func Quote(text string) string {
	if text != "" && strings.IndexFunc(text, special) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// special tells a character that a shell may take for more than itself.
func special(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("_./:@%+,=-", r)
}
