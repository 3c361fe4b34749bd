package delivery

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
)

// kubeletReads is what kubelet 1.37.2 takes as the value of a variable in an env file, by the rules of its parser:
// lines of bufio.Scanner, "#" comments, NAME=, then one text in single quotes that may have several lines.
func kubeletReads(text []byte, name string) (string, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimLeft(lines.Text(), " \t")
		if line == "" || line[0] == '#' {
			continue
		}
		known, value, found := strings.Cut(line, "=")
		switch {
		case !found, known == "", known != strings.TrimRight(known, " \t"), !strings.HasPrefix(value, "'"):
			return "", errors.New("it is not a line of the format")
		}
		value = value[1:]
		for !strings.Contains(value, "'") {
			if !lines.Scan() {
				return "", errors.Join(errors.New("the quote is open"), lines.Err())
			}
			value += "\n" + lines.Text()
		}
		value, rest, _ := strings.Cut(value, "'")
		if rest = strings.TrimLeft(rest, " \t"); rest != "" && rest[0] != '#' {
			return "", errors.New("there is text behind the quote")
		}
		if known == name {
			return value, nil
		}
	}
	return "", lines.Err()
}

func TestEnvLine(t *testing.T) {
	longest := strings.Repeat("x", maxEnvLine-len("A=''"))
	for _, value := range []string{"x", " x ", "a\nb\n", "\n", "#", `"\$(A)` + "`", "a\rb", "a\r", longest,
		longest + "\n" + strings.Repeat("y", 60<<10), "äöü", "=", "\t"} {
		line, err := envLine("A", []byte(value))
		if err != nil {
			t.Errorf("%.20q: %v", value, err)
			continue
		}
		if got, err := kubeletReads(line, "A"); err != nil || got != value {
			t.Errorf("%.20q: kubelet reads %.20q, %v", value, got, err)
		}
	}
	for value, reason := range map[string]string{
		"":                        "empty",
		"it's":                    "single quote",
		"a\x00":                   "NUL",
		"a\r\nb":                  "CR LF",
		longest + "x":             "64 KiB",
		"\n" + longest + "xxxxxx": "64 KiB",
		"\xff":                    "UTF-8",
	} {
		if line, err := envLine("A", []byte(value)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.20q: %.20q, %v", value, line, err)
		} else if value != "" && len(value) < 10 && strings.Contains(err.Error(), value) {
			t.Errorf("%v quotes the value", err)
		}
	}
}

// FuzzEnvFile: what is accepted, kubelet reads as it was, also behind other variables.
func FuzzEnvFile(f *testing.F) {
	f.Add("A", []byte("x"), []byte("y\nz"))
	f.Add("A.b-c d", []byte("\r"), []byte("'"))
	f.Add("B=", []byte("\r\n"), bytes.Repeat([]byte("x"), 64<<10))
	f.Fuzz(func(t *testing.T, name string, first, second []byte) {
		if checkEnvName(name) != nil || name == "OTHER" {
			return
		}
		before, err := envLine("OTHER", first)
		if err != nil {
			before = nil
		}
		line, err := envLine(name, second)
		if err != nil {
			return
		}
		got, err := kubeletReads(append(before, line...), name)
		if err != nil || got != string(second) {
			t.Errorf("%q: kubelet reads %q of %q, %v", name, got, second, err)
		}
	})
}
