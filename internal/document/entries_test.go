package document

import (
	"bytes"
	"maps"
	"strings"
	"testing"
)

func TestEntriesPrintAndParse(t *testing.T) {
	entries := map[string][]byte{
		"secrets.json": []byte("{\"a\": 1}\n"), "no-end": []byte("horse"),
		"db.env": []byte("# kept\nA=b\n\n# kept too\n"),
		"empty":  {},
		"zeros":  {0, 1, 2, 0xff}, "many": bytes.Repeat([]byte{0xfe}, 200), "number": []byte("123"),
		"on":   []byte("true"),
		"crlf": []byte("a\r\nb\r\n"), "tabs": []byte("\ta\n\tb"), "spaces": []byte("  a  \n b\n\n\n"),
		"colon": []byte("a: b\n? c\n---\n...\n"),
		"1":     []byte("x"), ".5": []byte("\n"), "é": []byte("é\u2028x"), "nul": []byte("a\x00b"),
		"bom": []byte("\ufeffa"),
		"del": {0x7f},
	}
	text := PrintEntries(entries)
	got, err := ParseEntries(append([]byte("# a comment\n"), text...))
	if err != nil || !maps.EqualFunc(got, entries, bytes.Equal) {
		t.Errorf("%v\n%s\n%q", err, text, got)
	}
	for _, part := range []string{"db.env: |\n  # kept\n  A=b\n", "zeros: !!binary |\n  AAEC/w==\n",
		"no-end: horse\n"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestParseEntries(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"": {}, "# only\n": {}, "a: 1\nb: yes\nc:\nd: ~\ne: 0x10\n": {"a": "1", "b": "yes", "c": "", "d": "~",
			"e": "0x10"},
		"a: >\n  folded\n  text\n": {"a": "folded text\n"}, "a: !!binary AAE=": {"a": "\x00\x01"},
	} {
		got, err := ParseEntries([]byte(text))
		if err != nil || len(got) != len(want) {
			t.Errorf("%q: %v", text, err)
		}
		for name := range want {
			if string(got[name]) != want[name] {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
	for _, text := range []string{
		"a: s3kr1tMarker\na: b", "s3kr1tMarker", "a: [s3kr1tMarker]", "a:\n  s3kr1tMarker: 1\n",
		"a: !!binary s3kr1tMarker!",
		"a: |\ns3kr1tMarker",
	} {
		if got, err := ParseEntries([]byte(text)); err == nil || strings.Contains(err.Error(), "s3kr1tMarker") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func FuzzEntries(f *testing.F) {
	f.Add("name", []byte("value\n"), "a: !!binary AA==")
	f.Add("1", []byte{0xff}, "a: |\n b\n")
	f.Fuzz(func(t *testing.T, name string, value []byte, text string) {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" &&
			name != "" &&
			len(name) < 254 {
			printed := PrintEntries(map[string][]byte{name: value})
			if got, err := ParseEntries(printed); err != nil || len(got) != 1 || !bytes.Equal(got[name], value) {
				t.Errorf("%v\n%q\n%q", err, printed, got)
			}
		}
		if entries, err := ParseEntries([]byte(text)); err == nil {
			PrintEntries(entries) // it ends
		}
	})
}
