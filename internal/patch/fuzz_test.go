package patch

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzApply makes random edits in any document. They are made or refused, and what was made can be undone.
func FuzzApply(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(newGenerator(seed).document(), seed)
	}
	for _, text := range []string{
		"a: &a {b: 1}\nc: *a\nd: {<<: *a, e: 2}\n", "? a\n? b\n: - c\n", "{a, b: , ? c, d: [e: f]}", "a: >2-\n    b\n\n", "%YAML 1.2\n---\na: b\n...\n",
		"a: !!binary aGk=\nb: ! c\nd: !<tag:yaml.org,2002:str> e\n", "a:\n-\n- - - b\n-   c: d\n", "a: 'b\n\n  c'\nd: e\n  f\r\n", "a: \"b\\\n  c\"\n",
		"a: |+\n  b\n\n\n", "&a a: &b\n  - c\n*a : d\n", "a: b # c\n#d", "- a", "#:\r\n\r\r(,:\r#\n\n", "{\"a\":[\"\x7f\"]}\n", "a: |\n  b",
	} {
		f.Add(text, uint64(len(text)))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 4096 {
			return
		}
		d, err := Parse([]byte(text))
		if err != nil {
			return
		}
		read, err := readOrdered(d.value)
		if err != nil {
			t.Fatal(err)
		}
		g := newGenerator(seed)
		_, err = checked(t, text, g.edits(tree(read), 1+g.IntN(3))...)
		if _, isPath := errors.AsType[*PathError](err); err != nil && !isPath && !errors.Is(err, ErrForm) {
			t.Fatal(err)
		}
	})
}

// FuzzRecord reads edits that others may have written, and applies them.
func FuzzRecord(f *testing.F) {
	for seed := range uint64(40) {
		g := newGenerator(seed)
		d, err := Parse([]byte(g.document()))
		if err != nil {
			f.Fatal(err)
		}
		read, err := readOrdered(d.value)
		if err != nil {
			f.Fatal(err)
		}
		after, inverse, err := d.Apply(g.edits(tree(read), 3))
		if err != nil {
			f.Fatal(err)
		}
		record, err := json.Marshal(inverse)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(after), record)
	}
	f.Fuzz(func(t *testing.T, text string, record []byte) {
		var edits []Edit
		d, err := Parse([]byte(text))
		if err != nil || len(text)+len(record) > 8192 || json.Unmarshal(record, &edits) != nil {
			return
		}
		after, _, err := d.Apply(edits)
		if err != nil {
			return
		}
		if _, err := Parse(after); err != nil {
			t.Fatalf("%v\n%s\nof\n%s\nby\n%s", err, after, text, record)
		}
	})
}
