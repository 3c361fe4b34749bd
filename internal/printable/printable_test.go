package printable_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

func TestWhatCannotBeShownIsEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[31mb":            `a\x1b[31mb`,
		"a\x00\x07\x08\x7fb":    `a\x00\x07\x08\x7fb`,
		"a\u009b31m\u0085b":     `a\u009b31m\u0085b`,
		"a\x9b31m":              `a\x9b31m`,
		"\xff\xc3":              `\xff\xc3`,
		"a\u202eb\u2066c":       `a\u202eb\u2066c`,
		"\u200e\u200f\u061c":    `\u200e\u200f\u061c`,
		"a\u200b\ufeff\u2060":   `a\u200b\ufeff\u2060`,
		"a\u2028b\u2029":        `a\u2028b\u2029`,
		"a\U000e0041\U000e0100": `a\U000e0041\U000e0100`,
		"a\u3164b\u00ad":        `a\u3164b\u00ad`,
		"a\nb\tc\rd":            `a\nb\tc\rd`,
	} {
		if got := printable.Line(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestCleanTextStaysAsItIs(t *testing.T) {
	for _, text := range []string{"", "a b", `C:\dir\x1b`, "é日本語 ✓ ✔️ 😀", "\ufffd", "e\u0301", "עברית",
		"\u00a0\u3000"} {
		if got := printable.Line(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := printable.Text("a\tb\n\nc\n"); got != "a\tb\n\nc\n" {
		t.Errorf("%q", got)
	}
}

func TestWriter(t *testing.T) {
	var out bytes.Buffer
	w := printable.NewWriter(&out)
	text := "a\x1b[2J\tb\n\u202ec\n"
	if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if want := "a\\x1b[2J\tb\n\\u202ec\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if w.Unwrap() != &out {
		t.Error("it is another stream")
	}
	// The bytes of a character that comes in two writes are no character.
	out.Reset()
	for _, part := range []string{"\xe2", "\x80\xae"} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if out.String() != `\xe2\x80\xae` {
		t.Errorf("%q", out.String())
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }

var errClosed = errors.New("closed")

func TestWriterGivesTheStreamsError(t *testing.T) {
	if n, err := printable.NewWriter(closed{}).Write([]byte("a\x1b")); n != 0 || !errors.Is(err, errClosed) {
		t.Errorf("%d, %v", n, err)
	}
}

// FuzzPrintable: no character that controls a terminal is left, a second call changes nothing, and printable characters
// stay.
func FuzzPrintable(f *testing.F) {
	for _, text := range []string{
		"", "a\x1b[31m", "\u202e\u200b", "\xff\xfe", "a\nb\tc\r", "é✔️", "\U000e0041", "\u0085\x9b", `\x1b`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, lines := printable.Line(text), printable.Text(text)
		for _, got := range []string{line, lines} {
			if !utf8.ValidString(got) {
				t.Errorf("%q is no UTF-8", got)
			}
			for _, r := range got {
				if controls(r) && (r != '\n' && r != '\t') {
					t.Errorf("%q holds %U", got, r)
				}
			}
		}
		if strings.ContainsAny(line, "\n\t") {
			t.Errorf("%q is more than a line", line)
		}
		if printable.Line(line) != line || printable.Text(lines) != lines {
			t.Errorf("%q changes again", text)
		}
		if strings.Count(lines, "\n") != strings.Count(text, "\n") ||
			strings.Count(lines, "\t") != strings.Count(text, "\t") {
			t.Errorf("%q has other lines than %q", lines, text)
		}
		clean := utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !printable.Is(r) }) < 0
		if clean != (line == text) {
			t.Errorf("%q became %q", text, line)
		}
		var out bytes.Buffer
		if _, err := printable.NewWriter(&out).Write([]byte(text)); err != nil || out.String() != lines {
			t.Errorf("the writer wrote %q", out.String())
		}
	})
}

// controls lists the code points independently of the package.
func controls(r rune) bool {
	for _, span := range [][2]rune{
		{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
		{0x2060, 0x206f},
		{0x3164, 0x3164}, {0xd800, 0xdfff}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
	} {
		if r >= span[0] && r <= span[1] {
			return true
		}
	}
	return false
}
