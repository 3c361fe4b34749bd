package plugin

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReadLine(t *testing.T) {
	for text, want := range map[string][2]string{
		"a b\nc":   {"a b", "c"},
		"a\r\nc":   {"a", "c"},
		"\n":       {"", ""},
		"a":        {"a", ""},
		"a\rb\n\n": {"a\rb", "\n"},
	} {
		in := strings.NewReader(text)
		line, err := readLine(in)
		rest, _ := io.ReadAll(in)
		if err != nil || string(line) != want[0] || string(rest) != want[1] {
			t.Errorf("%q: %q, %q, %v", text, line, rest, err)
		}
	}
	if line, err := readLine(strings.NewReader("")); !errors.Is(err, io.EOF) || len(line) > 0 {
		t.Errorf("%q, %v", line, err)
	}
}
