package document

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestToEnv(t *testing.T) {
	const json = `{"A":"x","b_1":"","C":null,"D":1e400,"E":true,"F":"a b","G":"it's","H":"$a'b","I":"x\ny","J":"~",` +
		`"K":"a=b,c:d@e/f%g+h"}`
	got, err := ToEnv([]byte(json))
	want := "A=x\nb_1=\nC=\nD=1e400\nE=true\nF='a b'\nG=\"it's\"\nH='$a'\\''b'\nI='x\ny'\nJ='~'\nK=a=b,c:d@e/f%g+h\n"
	if err != nil || string(got) != want {
		t.Errorf("ToEnv = %s, %v\nwant %s", got, err, want)
	}
}

func TestToEnvRefuses(t *testing.T) {
	cases := []struct{ json, name, want string }{
		{`{"A":{"b":"secret"}}`, "A", `member "A": want a string, number, boolean or null, not an object`},
		{`{"A":["secret"]}`, "A", `member "A": want a string, number, boolean or null, not an array`},
		{`{"a.b":"secret"}`, "a.b", `member "a.b": want a name of letters, digits and _, not starting with a digit`},
		{`{"1a":"secret"}`, "1a", `member "1a": want a name of letters, digits and _, not starting with a digit`},
		{`{"":"secret"}`, "", `member "": want a name of letters, digits and _, not starting with a digit`},
		{`{"A\n":"secret"}`, "A\n", `member "A\n": want a name of letters, digits and _, not starting with a digit`},
		{`{"é":"secret"}`, "é", `member "é": want a name of letters, digits and _, not starting with a digit`},
		{`{"A":"secret\u0000"}`, "A", `member "A": NUL character in the value`},
	}
	for _, c := range cases {
		_, err := ToEnv([]byte(c.json))
		member, ok := errors.AsType[*MemberError](err)
		if !ok || member.Name != c.name || err.Error() != c.want {
			t.Errorf("ToEnv(%s) = %v\nwant %s", c.json, err, c.want)
		}
	}
	for _, text := range []string{"", "[]", `{"a":1,"a":2}`, `"x"`} {
		if _, err := ToEnv([]byte(text)); err == nil {
			t.Errorf("ToEnv(%s): want an error", text)
		}
	}
}

// oddStrings are what quoting goes wrong on.
func oddStrings() []string {
	return []string{
		"", " ", "\t", "\n", "\r", "\r\n", "\n\n", "a", "yes", "No", "y", "on", "true", "NULL", "null", "~", "0",
		"1", "-1",
		"+1", "1.0", ".5", "1e3",
		"0x1f", "0o17", "017", "1_000", "0b1", "1:30", "12:30:45", "2001-12-14", "2001-12-14t21:59:43.10-05:00", ".nan",
		".inf", "-.INF", "=", "<<", "!!str", "!", "&a", "*a",
		"- a", "-", "--", "---", "...", "? a", "?", ":", "a:", "a: b", ":a", "a:b", "#x", "a #x", "a#x", " lead",
		"trail ",
		"trail\t", "[", "]", "{}", "{", ",", "a, b", "%x", "@x", "`x`",
		"'", "''", "\"", "\\", "\\n", "it's", "'\"$`\\", "$HOME", "${HOME}", "$(id)", "`id`", "!x", "a;b", "a&b", "a|b",
		"~root", "a:~", "a\\\nb",
		"multi\nline\n", "multi\nline", "multi\n\nline\n\n", "multi\n line\n  more\n", " lead\nx\n", "\nlead\n",
		"x\ntrail \n", "x\n \ny", "x\n\ty\n", "\tx\ny\n", "# a\n# b\n", "x\n# b\n", "- a\n- b\n", "a: b\nc: d\n",
		"---\n---\n", "x\r\ny\r\n", "x\ny\r", "\u0085", "\u2028", "a\u2029b", "\ufeff", "a\n\ufeffb", "\u00a0", "é",
		"naïve",
		"日本語", "😀", "a\n😀\n", "\x7f", "\x01\x02\x1b[31m", "\u200b", "e\u0301", "\ufffd", "\ufffe", "\U0010ffff",
		strings.Repeat("x", 2000), strings.Repeat("x ", 2000), "-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n",
	}
}

func randomString(random *rand.Rand) string {
	pieces := []string{
		" ", "\n", "\t", "\r", "'", "\"", "\\", "$", "`", "#", ":", "-", "?", "a", "b", "1", ".", "e", "é", "😀",
		"\u2028",
		"\u0085", "=", "{", "]", ",", "\x1b", "!", "&", "*", "|", ">", "%",
	}
	if random.IntN(4) == 0 {
		odd := oddStrings()
		return odd[random.IntN(len(odd))]
	}
	var text strings.Builder
	for range random.IntN(12) {
		text.WriteString(pieces[random.IntN(len(pieces))])
	}
	return text.String()
}

func manyStrings() []string {
	random := rand.New(rand.NewPCG(1, 2))
	all := oddStrings()
	for range 5000 {
		all = append(all, randomString(random))
	}
	return all
}

// environment is an object of the strings, as JSON text.
func environment(texts []string) []byte {
	object := &value{kind: kindObject}
	for i, text := range texts {
		object.names = append(object.names, fmt.Sprintf("V%d", i))
		object.items = append(object.items, &value{kind: kindString, text: text})
	}
	return object.appendJSON(nil)
}

func TestToEnvReadBack(t *testing.T) {
	want := environment(manyStrings())
	text, err := ToEnv(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ToJSON(Env, text); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read back: %v\n%s", err, text)
	}
	crlf := bytes.ReplaceAll([]byte("A=x\nB='y z'\nC=\"it's\"\n"), []byte("\n"), []byte("\r\n"))
	if got, err := ToJSON(Env, crlf); err != nil || string(got) != `{"A":"x","B":"y z","C":"it's"}` {
		t.Errorf("with CRLF: %s, %v", got, err)
	}
}

func TestToEnvInShells(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a Unix shell that is found there is Git's or WSL's, which have paths of their own")
	}
	texts := manyStrings()
	text, err := ToEnv(environment(texts))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "app.env")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, shell := range []string{"sh", "dash", "bash", "zsh", "ksh", "busybox"} {
		program, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		args := []string{"-c", `set -a; . "$1"; exec env -0`, shell, file}
		if shell == "busybox" {
			args = append([]string{"sh"}, args...)
		}
		run := exec.Command(program, args...)
		run.Env = []string{"PATH=" + os.Getenv("PATH")}
		out, err := run.Output()
		if err != nil {
			t.Errorf("%s: %v", shell, err)
			continue
		}
		got := make(map[string]string)
		for variable := range strings.SplitSeq(string(out), "\x00") {
			name, text, _ := strings.Cut(variable, "=")
			got[name] = text
		}
		for i, want := range texts {
			if got := got[fmt.Sprintf("V%d", i)]; got != want {
				t.Errorf("%s read %q, want %q", shell, got, want)
			}
		}
	}
}
