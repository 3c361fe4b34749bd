package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// checked applies edits, and checks what holds for all of them: the inverse gives the bytes back, also from its JSON
// form, and from other forms of the result it gives the value back.
func checked(t *testing.T, text string, edits ...Edit) (string, error) {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	after, inverse, err := d.Apply(edits)
	if err != nil {
		return "", err
	}
	record, err := json.Marshal(inverse)
	if err != nil {
		t.Fatal(err)
	}
	var read []Edit
	if err := json.Unmarshal(record, &read); err != nil {
		t.Fatalf("%v\n%s", err, record)
	}
	changed, err := Parse(after)
	if err != nil {
		t.Fatalf("the result cannot be read: %v\n%s", err, after)
	}
	before, again, err := changed.Apply(read)
	if err != nil || string(before) != text {
		t.Fatalf("undone: %v\n%q\nwant\n%q\nby\n%s", err, before, text, record)
	}
	restored, err := Parse(before)
	if err != nil {
		t.Fatal(err)
	}
	if twice, _, err := restored.Apply(again); err != nil || !bytes.Equal(twice, after) {
		t.Fatalf("done again: %v\n%s\nwant\n%s", err, twice, after)
	}
	for name, form := range otherForms(t, changed) {
		reread, err := Parse([]byte(form))
		if err != nil {
			t.Fatal(err)
		}
		undone, _, err := reread.Apply(read)
		if err != nil {
			t.Fatalf("undone in %s: %v\n%s\nby\n%s", name, err, form, record)
		}
		sameValue(t, name, undone, []byte(text))
	}
	return string(after), nil
}

func sameValue(t *testing.T, name string, a, b []byte) {
	t.Helper()
	first, err := Parse(a)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, a)
	}
	second, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if differences, err := document.Diff(first.value, second.value); err != nil || len(differences) > 0 {
		t.Fatalf("%s: %v %v\n%s\nwant\n%s", name, err, differences, first.value, second.value)
	}
}

// otherForms are how other programs write a document.
func otherForms(t *testing.T, d *Document) map[string]string {
	t.Helper()
	var value any
	if err := json.Unmarshal(d.value, &value); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	pretty, err := json.MarshalIndent(value, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	yaml, err := document.ToYAML(sorted)
	if err != nil {
		t.Fatal(err)
	}
	asWritten, err := document.ToYAML(d.value)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"sorted JSON": string(sorted), "pretty JSON": string(pretty), "sorted YAML": string(yaml), "YAML": string(asWritten),
		"commented": commented(d, "# new\n", 3), "with blank lines": commented(d, "\n", 2),
		"indented": commented(&Document{text: string(asWritten), value: d.value}, "      # new\n", 4),
	}
}

// commented is a document with another line before some of its lines, where that does not change its value.
func commented(d *Document, with string, each int) string {
	lines := strings.SplitAfter(d.text, "\n")
	each = max(each, len(lines)/8)
	for n := 0; n < len(lines); n += each {
		was := lines[n]
		lines[n] = with + was
		other, err := Parse([]byte(strings.Join(lines, "")))
		if err == nil {
			var differences []document.Difference
			differences, err = document.Diff(d.value, other.value)
			if len(differences) == 0 && err == nil {
				continue
			}
		}
		lines[n] = was
	}
	return strings.Join(lines, "")
}

func path(t testing.TB, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func isPathError(err error, reason error) bool {
	pathError, ok := errors.AsType[*PathError](err)
	return ok && errors.Is(pathError, reason)
}
