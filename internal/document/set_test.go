package document

import (
	"errors"
	"strings"
	"testing"
)

func pathOf(t *testing.T, text string) Path {
	t.Helper()
	path, err := ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSet(t *testing.T) {
	const yaml = "# top\na:\n  b: old # why\n  list: [x, y]\n# second\nc: \"#not\"\nm: |\n  one\n  # two\n"
	for _, c := range []struct {
		format                 Format
		data, path, text, want string
	}{
		{JSON, `{"a":{"b":1.50,"c":2}}`, "a.c", `"x"`, `{"a":{"b":1.50,"c":"x"}}`},
		{JSON, "{\n    \"a\": {\n        \"b\": 1\n    }\n}\n", "a.b", `2`,
			"{\n    \"a\": {\n        \"b\": 2\n    }\n}\n"},
		{JSON, `{"a": [1, 2]}`, "a.2", `3`, `{"a":[1,2,3]}`},
		{JSON, `{"a": 1}`, "b.c", `{"d":null}`, `{"a":1,"b":{"c":{"d":null}}}`},
		{JSON, `{ "a": "same" }`, "a", `"same"`, `{ "a": "same" }`},
		{YAML, yaml, "a.b", `"new: #"`, strings.Replace(yaml, "old # why", `"new: #" # why`, 1)},
		{YAML, yaml, "a.list.1", `7`, strings.Replace(yaml, "[x, y]", "[x, 7]", 1)},
		{YAML, yaml, "d.e", `true`, yaml + "d:\n  e: true\n"},
		{YAML, "a: 1   # odd\n", "a", `1`, "a: 1   # odd\n"},
	} {
		got, err := Set(c.format, []byte(c.data), pathOf(t, c.path), []byte(c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("set %s to %s:\n%s%v\nwant\n%s", c.path, c.text, got, err, c.want)
		}
	}
}

func TestUnset(t *testing.T) {
	for _, c := range []struct {
		format           Format
		data, path, want string
	}{
		{JSON, `{"a":{"b":1,"c":2}}`, "a.b", `{"a":{"c":2}}`},
		{JSON, `{"a":[1,2,3]}`, "a.1", `{"a":[1,3]}`},
		{YAML, "# top\na: 1\n# second\nb: 2\n", "a", "# second\nb: 2\n"},
		{YAML, "a: [x, y] # why\nb:\n- c: 1\n  d: 2\n", "a.0", "a: [y] # why\nb:\n  - c: 1\n    d: 2\n"},
		{YAML, "b:\n  - c: 1\n    d: 2\n", "b.0.c", "b:\n  - d: 2\n"},
	} {
		got, err := Unset(c.format, []byte(c.data), pathOf(t, c.path))
		if err != nil || string(got) != c.want {
			t.Errorf("unset %s: %s%v\nwant %s", c.path, got, err, c.want)
		}
	}
}

func TestPathsThatLeadNowhere(t *testing.T) {
	set := func(format Format, data, path string) error {
		_, err := Set(format, []byte(data), pathOf(t, path), []byte(`"new"`))
		return err
	}
	unset := func(format Format, data, path string) error {
		_, err := Unset(format, []byte(data), pathOf(t, path))
		return err
	}
	var where *PathError
	for name, err := range map[string]error{
		"through text":     set(JSON, `{"a":"planted"}`, "a.b"),
		"no such element":  set(YAML, "a: [planted]", "a.7"),
		"a name in a list": set(YAML, "a: [planted]", "a.b"),
		"absent":           unset(JSON, `{"a":"planted"}`, "b"),
		"behind the end":   unset(JSON, `{"a":["planted"]}`, "a.1"),
	} {
		if !errors.As(err, &where) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"dotenv":        set(Env, "A=planted", "A"),
		"alias":         set(YAML, "a: &x {b: planted}\nc: *x", "c.b"),
		"merged":        unset(YAML, "a: &x {b: planted}\nc:\n  <<: *x", "c.b"),
		"anchored":      set(YAML, "a: &x {b: planted}\nc: *x", "a.b"),
		"no document":   set(JSON, `{"a":`, "a"),
		"no JSON value": func() error { _, err := Set(JSON, []byte(`{}`), Path{"a"}, []byte("planted")); return err }(),
	} {
		if err == nil || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSet: what was set is there, all else is as it was.
func FuzzSet(f *testing.F) {
	f.Add("# c\na:\n  b: x # y\n", "a.b", "new")
	f.Add(`{"a": [1, {"b": 2}]}`, "a.1.b", "new\n# not")
	f.Add("0x1: [a]\n\"0x1\": [a, new]\n", "0x1.1", "new")
	f.Add("x: &v foo\n*v : [1, 2]\nv: [1, 2, {a: new}]\n", "v.2.a", "new")
	f.Add("<<: [{a: 1}]\n'<<': [1, new]\n", "<<.1", "new")
	f.Add("{}", strings.Repeat("a.", 1000)+"a", "new")
	f.Fuzz(func(t *testing.T, text, at, value string) {
		path, err := ParsePath(at)
		if err != nil {
			return
		}
		for _, format := range []Format{JSON, YAML} {
			quoted := appendQuoted(nil, strings.ToValidUTF8(value, ""))
			set, err := Set(format, []byte(text), path, quoted)
			if err != nil {
				continue
			}
			again, err := Set(format, set, path, quoted)
			if err != nil || string(again) != string(set) {
				t.Errorf("%s: set again: %q, %v", format, again, err)
			}
			if _, err := Unset(format, set, path); err != nil && format == JSON {
				t.Errorf("what was set cannot be unset: %v", err)
			}
		}
	})
}
