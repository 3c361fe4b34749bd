package shell

import (
	"strings"
	"testing"
)

// FuzzQuote: a word is one word for a POSIX shell: no character that is special there is outside of single quotes.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{"", "it's", "$(touch pwned)", "'\\''", "a=b", "\xff\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var read strings.Builder
		word, quoted := Quote(text), false
		for i := 0; i < len(word); i++ {
			switch c := word[i]; {
			case c == '\'':
				quoted = !quoted
			case !quoted && c == '\\' && i+1 < len(word):
				i++
				read.WriteByte(word[i])
			case !quoted && special(rune(c)):
				t.Fatalf("%q has %q outside of quotes", word, c)
			default:
				read.WriteByte(c)
			}
		}
		if quoted || read.String() != text || word == "" {
			t.Errorf("%q is read as %q", text, read.String())
		}
	})
}
