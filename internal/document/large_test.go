package document

import (
	"fmt"
	"strings"
	"testing"
)

// mebibyte repeats a pattern, with a running number for each %d, up to 1 MiB.
func mebibyte(head, pattern, tail string) string {
	var text strings.Builder
	text.WriteString(head)
	for i := 0; text.Len() < 1<<20; i++ {
		text.WriteString(strings.ReplaceAll(pattern, "%d", fmt.Sprint(i)))
	}
	return text.String() + tail
}

type large struct {
	name   string
	format Format
	text   string
}

func largeDocuments() []large {
	return []large{
		{"members", JSON, mebibyte(`{"x":1`, `,"member%d":"value %d"`, `}`)},
		{"array", JSON, mebibyte(`{"x":[1`, `,1`, `]}`)},
		{"one string", JSON, mebibyte(`{"x":"`, `value`, `"}`)},
		{"escapes", JSON, mebibyte(`{"x":"`, `\u0001\n`, `"}`)},
		{"one number", JSON, mebibyte(`{"x":1`, `7`, `}`)},
		{"one key", JSON, mebibyte(`{"`, `key`, `":[[1],{"a":2}]}`)},
		{"objects", JSON, mebibyte(`{"x":[{}`, `,{"a":{"b":[]}}`, `]}`)},
		{"members", YAML, mebibyte("", "member%d: value %d\n", "")},
		{"flow", YAML, mebibyte("x: [1", ", 1", "]")},
		{"flow mapping", YAML, mebibyte("x: {y: 1", ", a%d: 1", "}")},
		{"block", YAML, mebibyte("x: |\n", "  line\n", "")},
		{"folded", YAML, mebibyte("x: >\n", "  line\n\n", "")},
		{"plain", YAML, mebibyte("x: a", " word", "\n")},
		{"plain over lines", YAML, mebibyte("x: a\n", "  word\n", "\n")},
		{"quoted", YAML, mebibyte(`x: "`, `\u00e9`, `"`)},
		{"comments", YAML, mebibyte("x: 1\n", "# comment\n", "")},
		{"comments and members", YAML, mebibyte("", "# comment\na%d: 1 # more\n", "")},
		{"numbers", YAML, mebibyte("x:\n", "- 0x%d\n", "")},
		{"sequences", YAML, mebibyte("x:\n", "- - a\n  - b: c\n", "")},
		{"blank lines", YAML, mebibyte("x: 1\n", "\n", "y: 1\n")},
		{"anchors", YAML, mebibyte("", "a%d: &a%d x\nb%d: *a%d\n", "")},
		{"merges", YAML, mebibyte("a: &a {x: 1}\n", "b%d: {<<: *a}\n", "")},
		{"variables", Env, mebibyte("", "NAME%d=value %d # comment\n", "")},
		{"one single", Env, mebibyte("A='", "value\n", "'")},
		{"segments", Env, mebibyte("A=''", `\''x'`, "")},
		{"comment", Env, mebibyte("A=x", " x#", "")},
		{"inline comments", Env, mebibyte("A=x", " #", "")},
	}
}

func TestLargeDocuments(t *testing.T) {
	for _, c := range largeDocuments() {
		t.Run(string(c.format)+" "+c.name, func(t *testing.T) {
			text, err := ToJSON(c.format, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if differences, err := Diff(text, text); err != nil || len(differences) > 0 {
				t.Errorf("Diff: %v, %v", differences, err)
			}
			if _, err := ToYAML(text); err != nil {
				t.Errorf("ToYAML: %v", err)
			}
		})
	}
}

// Broken text of any size ends in an error.
func TestLargeBrokenDocuments(t *testing.T) {
	patterns := []string{
		"[", "{", "{a: ", "- ", "? ", "&a ", "*a ", "!a ", "!!str ", "a: ", "'", "\"", "\\", "|\n", ">", "%a\n",
		"---\n", "#",
		"\n", "\t", "é", "a: b\n b: ", "a\n", "A='", "[{", "[,", "{,", "a:\n - ", " a:\n", "<<: {", "x=", "export ",
	}
	for _, pattern := range patterns {
		t.Run(pattern, func(t *testing.T) {
			data := []byte(mebibyte("", pattern, ""))
			for _, format := range []Format{JSON, YAML, Env} {
				if err := Check(format, data); err != nil {
					checkError(t, format, data, err)
				}
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	for _, c := range largeDocuments() {
		b.Run(string(c.format)+" "+c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				if err := Check(c.format, []byte(c.text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
