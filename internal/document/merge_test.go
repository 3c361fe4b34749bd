package document

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestMergeFields(t *testing.T) {
	for name, test := range map[string]struct {
		format                     Format
		base, ours, theirs, merged string
	}{
		"different fields": {JSON, `{"a": 1, "b": {"c": 2, "d": 3}}`, `{"a": 9, "b": {"c": 2, "d": 3}}`,
			`{"a": 1, "b": {"c": 2, "d": 4}}`, `{"a":9,"b":{"c":2,"d":4}}`},
		"added and removed": {JSON, `{"a": 1, "b": 2}`, `{"a": 1, "b": 2, "x": [1]}`, `{"a": 1, "y": null}`,
			`{"a":1,"x":[1],"y":null}`},
		"the same change": {JSON, `{"a": 1}`, `{"a": 2, "n": 1}`, `{"a": 2.0, "m": 1}`, `{"a":2,"n":1,"m":1}`},
		"both removed":    {JSON, `{"a": 1, "b": 1}`, `{"b": 2}`, `{"b": 1}`, `{"b":2}`},
		"YAML": {YAML, "a: 1\nb: 2 # why\n", "a: 3\nb: 2 # why\n", "a: 1\nb: 4 # why\n",
			"a: 3\nb: 4 # why\n"},
		"a list with comments": {YAML, "a: 1\nl:\n  - 1 # why\n", "a: 1\nl:\n  - 2\n", "a: 2\nl:\n  - 1 # why\n",
			"a: 2\nl:\n  - 2\n"},
		"comments of one side": {YAML, "a: 1\nb: 2\n", "a: 3\nb: 2\n", "# new\na: 1\nb: 4\n", "# new\na: 3\nb: 4\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Merge(test.format, []byte(test.base), []byte(test.ours), []byte(test.theirs))
			if err != nil {
				t.Fatal(err)
			}
			if test.format == JSON {
				got, _ = ToJSON(JSON, got)
			}
			if string(got) != test.merged {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestMergeConflicts(t *testing.T) {
	for name, test := range map[string]struct {
		format             Format
		base, ours, theirs string
		path               string // empty: another error
	}{
		"one field":            {JSON, `{"a": {"b": 1}}`, `{"a": {"b": 2}}`, `{"a": {"b": 3}}`, "a.b"},
		"removed and changed":  {JSON, `{"a": 1, "b": 1}`, `{"b": 1}`, `{"a": 2, "b": 1}`, "a"},
		"a list":               {JSON, `{"a": [1, 2]}`, `{"a": [0, 1, 2]}`, `{"a": [1, 2, 3]}`, "a"},
		"a field of a removed": {JSON, `{"a": {"b": 1, "c": 1}}`, `{}`, `{"a": {"b": 2, "c": 1}}`, "a"},
		"added by both":        {JSON, `{}`, `{"a": 1}`, `{"a": 2}`, "a"},
		"comments of both":     {YAML, "a: 1\nb: 2\n", "# our\na: 3\nb: 2\n", "# their\na: 1\nb: 4\n", ""},
		"a comment in a list": {YAML, "a: 1\nl:\n  - 1\n  - 2\n", "a: 1\nl:\n  - 1\n  - 2\n  - 3\n",
			"a: 2\nl:\n  - 1\n  - 2 # why\n", ""},
		"dotenv":      {Env, "A=1\nB=1\n", "A=2\nB=1\n", "A=1\nB=2\n", ""},
		"no document": {JSON, `{}`, `{"a": 1}`, `[`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Merge(test.format, []byte(test.base), []byte(test.ours), []byte(test.theirs))
			var conflict *ConflictError
			if err == nil || got != nil {
				t.Fatalf("got %s", got)
			}
			at := ""
			if errors.As(err, &conflict) {
				at = conflict.Path.String()
			}
			if at != test.path {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestMergeLimitsFields(t *testing.T) {
	many := "{"
	for n := range maxMerged + 1 {
		many += `"` + strings.Repeat("x", n%7+1) + strings.Repeat("y", n/7+1) + `":1,`
	}
	many = strings.TrimSuffix(many, ",") + "}"
	if _, err := Merge(JSON, []byte("{}"), []byte(many), []byte(`{"z":1}`)); !errors.Is(err, ErrManyFields) {
		t.Error(err)
	}
}

// FuzzMerge: a side without a change yields to the other, and the order of the sides makes no difference.
func FuzzMerge(f *testing.F) {
	f.Add("a: 1\nb: 2 # why\n", "a: 3\nb: 2\n", "a: 1\nb: {c: [1, *x]}\n", true)
	f.Add("a: 1\nb: {c: 1}\n", "a: 3\nb: {c: 1}\n", "a: 1\nb: {c: [1]}\n", true)
	f.Add(`{"a": 1, "b": {"c": 2}}`, `{"a": 9, "b": {"c": 2}}`, `{"b": {"c": 2, "d": [1]}}`, false)
	f.Fuzz(func(t *testing.T, base, ours, theirs string, yaml bool) {
		format := JSON
		if yaml {
			format = YAML
		}
		b, o, h := []byte(base), []byte(ours), []byte(theirs)
		for _, text := range [][]byte{b, o, h} {
			if Check(format, text) != nil {
				return
			}
		}
		value := func(text []byte, err error) string {
			if err != nil {
				return ""
			}
			json, err := ToJSON(format, text)
			if err != nil {
				t.Fatalf("the result is no document: %v", err)
			}
			return string(json)
		}
		if got, err := Merge(format, b, o, b); err == nil && !bytes.Equal(got, o) && !equalJSON(t, format, got, o) {
			t.Errorf("their side has no change, got %s", got)
		}
		if got, err := Merge(format, b, b, o); err == nil && !bytes.Equal(got, o) && !equalJSON(t, format, got, o) {
			t.Errorf("our side has no change, got %s", got)
		}
		one, oneErr := Merge(format, b, o, h)
		other, otherErr := Merge(format, b, h, o)
		if oneErr == nil && otherErr == nil {
			differences, err := Diff([]byte(value(one, nil)), []byte(value(other, nil)))
			if err != nil || len(differences) > 0 {
				t.Errorf("%v %v: %s and %s", differences, err, one, other)
			}
		}
	})
}

func equalJSON(t *testing.T, format Format, a, b []byte) bool {
	t.Helper()
	one, err := ToJSON(format, a)
	other, otherErr := ToJSON(format, b)
	if err != nil || otherErr != nil {
		t.Fatal(err, otherErr)
	}
	differences, err := Diff(one, other)
	return err == nil && len(differences) == 0
}
