package document

import (
	"slices"
	"strings"
	"testing"
)

func inEnvironment(name string) (string, bool) { return "of " + name, name == "HOME" }

func TestParseEnvLines(t *testing.T) {
	text := "\ufeff# comment\n\n  A=1\r\nB= \"x\" # y \nC=\nHOME\nD.e-f=a=b"
	want := []Line{{"A", "1"}, {"B", ` "x" # y `}, {"C", ""}, {"HOME", "of HOME"}, {"D.e-f", "a=b"}}
	if got, err := ParseEnvLines([]byte(text), inEnvironment); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBadEnvLines(t *testing.T) {
	for text, want := range map[string]string{
		"A=1\nplanted":     "line 2: it has no value",
		"A=1\npl anted=x":  "line 2: want NAME=VALUE",
		"=planted":         "line 1: want NAME=VALUE",
		"A=planted\nA=1":   "line 2: duplicate key",
		"A=planted\xff\n1": "not UTF-8",
	} {
		if _, err := ParseEnvLines([]byte(text), inEnvironment); err == nil || !strings.HasPrefix(err.Error(), want) ||
			strings.Contains(err.Error(), "planted") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzParseEnvLines(f *testing.F) {
	f.Add("A=1\n# x\nHOME\n")
	f.Add("A=1\r\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := ParseEnvLines([]byte(text), inEnvironment)
		if err != nil {
			return
		}
		var again strings.Builder
		for _, line := range lines {
			again.WriteString(line.Name + "=" + line.Value + "\r\n") // of a value's own line ends, one would go
		}
		if same, err := ParseEnvLines([]byte(again.String()), inEnvironment); err != nil || !slices.Equal(same, lines) {
			t.Errorf("%q, %v, want %q", same, err, lines)
		}
	})
}
