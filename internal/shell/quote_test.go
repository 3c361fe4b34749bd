package shell

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "''",
		"vaultseal-reader":        "vaultseal-reader",
		"a=b,c:d@e/f%g+h.i":       "a=b,c:d@e/f%g+h.i",
		"engine/{namespace}":      "'engine/{namespace}'",
		"~":                       "'~'",
		"it's":                    `'it'\''s'`,
		"é":                       "'é'",
		"x; touch pwned":          "'x; touch pwned'",
		"$(touch pwned)":          "'$(touch pwned)'",
		"`touch pwned`":           "'`touch pwned`'",
		"x'; touch pwned; echo '": `'x'\''; touch pwned; echo '\'''`,
		"x\ntouch pwned":          "'x\ntouch pwned'",
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// TestAShellReadsTheWordBack: whatever the text, a shell takes it for one word, of the same bytes.
func TestAShellReadsTheWordBack(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	texts := []string{"", "=", "a b", "*", "?", "[a]", "!x", "#x", "a\\", "\"", "'", "''", "\t", "a\nb", "-n", "$HOME",
		"a&b", "{a,b}", "\x7f", "日本語", "\xff"}
	for c := rune(1); c < 0x80; c++ {
		texts = append(texts, "a"+string(c)+"b")
	}
	var script strings.Builder
	for _, text := range texts {
		script.WriteString("printf '%s\\000' " + Quote(text) + "\n")
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script.String()).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); strings.Join(got,
		"\x00") != strings.Join(texts, "\x00") {
		t.Errorf("the shell read %q\nwant %q", got, texts)
	}
}
