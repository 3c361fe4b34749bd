package patch

import (
	"errors"
	"strings"
	"testing"
)

type formCase struct{ name, text, edits, want string }

// editsOf reads edits, one a line: OP PATH VALUE, with the value in JSON.
func editsOf(t testing.TB, text string) []Edit {
	t.Helper()
	var edits []Edit
	for line := range strings.Lines(text) {
		op, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		at, value, hasValue := strings.Cut(rest, " ")
		e := Edit{Op: Op(op), At: path(t, at)}
		if hasValue {
			var err error
			if e.Value, err = readOrdered([]byte(value)); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
		}
		edits = append(edits, e)
	}
	return edits
}

func TestBlockForms(t *testing.T) {
	runForms(t, []formCase{
		{"insert at the end, not indented", "v:\n- name: a\n  x: 1 # one\n# behind\nw: 1\n",
			`insert v[-] {"name":"b","k":["q",{"z":"yes"}]}`,
			"v:\n- name: a\n  x: 1 # one\n- name: b\n  k:\n  - q\n  - z: \"yes\"\n# behind\nw: 1\n"},
		{"insert at the end, indented", "v:\n  - name: a\n    x: 1\nw: 1\n", `insert v[-] {"name":"b","k":[1]}`,
			"v:\n  - name: a\n    x: 1\n  - name: b\n    k:\n      - 1\nw: 1\n"},
		{"insert before, with comments", "v:\n# first\n- a\n# second\n- b\n", "insert v[0] \"z\"\ninsert v[2] \"q\"",
			"v:\n- z\n# first\n- a\n- q\n# second\n- b\n"},
		{"insert into nested compact lists", "v:\n- - a\n  - b\n", `insert v[0][0] "z"`, "v:\n- - z\n  - a\n  - b\n"},
		{"no line feed at the end", "v:\n- a", `insert v[-] "b"`, "v:\n- a\n- b"},
		{"carriage returns", "v:\r\n- a\r\nw:\r\n  x: 1\r\n", "insert v[-] {\"b\":{\"c\":1}}\nset w.k \"l1\\nl2\\n\"",
			"v:\r\n- a\r\n- b:\r\n    c: 1\r\nw:\r\n  x: 1\r\n  k: |\r\n    l1\r\n    l2\r\n"},
		{"wide indentation", "s:\n    v:\n        -   name: a\n            x: 1\n", `insert s.v[-] {"name":"b","k":[1],"z":{"q":2}}`,
			"s:\n    v:\n        -   name: a\n            x: 1\n        -   name: b\n            k:\n                -   1\n            z:\n                q: 2\n"},
		{"into nothing", "v:\nw: 1\n", `insert v[-] {"a":1}`, "v:\n- a: 1\nw: 1\n"},
		{"into nothing, with a comment", "v: # why\nw: 1\n", `insert v[-] 1`, "v: # why\n- 1\nw: 1\n"},
		{"into null", "v: null # why\n", `set v.a 1`, "v: # why\n  a: 1\n"},
		{"into an empty list", "v: [ ] # none\nw: 1\n", `insert v[-] 1`, "v: # none\n- 1\nw: 1\n"},
		{"into an empty mapping", "v: {}\nw: 1\n", `set v.a.b 1`, "v:\n  a:\n    b: 1\nw: 1\n"},
		{"set adds parents", "a:\n  b: 1\n\n# end\n", "set a.c.d.e \"x\"\ninsert a.c.l[-] 1",
			"a:\n  b: 1\n  c:\n    d:\n      e: x\n    l:\n    - 1\n\n# end\n"},
		{"set keeps the comment", "a:\n  b: old # why\n  c: 1\n", "set a.b \"new\"\nset a.c {\"d\":1}", "a:\n  b: new # why\n  c:\n    d: 1\n"},
		{"set a mapping over text with a comment", "a: old # why\n", `set a {"b":1}`, "a: # why\n  b: 1\n"},
		{"set a text over a mapping", "a: # why\n  # c\n  b: 1 # d\nz: 1\n", `set a "x"`, "a: x # why\nz: 1\n"},
		{"set in place of a block scalar", "a: |+ # why\n  x\n\nb: >-\n  y\n  z\nc: 1\n", "set a 1\nset b 2", "a: 1\nb: 2\nc: 1\n"},
		{"behind a block scalar", "a:\n  b: |\n    x\n\n  # c\nd: |+\n  y\n\n", "set a.z 1\nset e 2",
			"a:\n  b: |\n    x\n  z: 1\n\n  # c\nd: |+\n  y\n\ne: 2\n"},
		{"behind a block scalar without an end", "a: 1\nb: |\n  x", "set c 2", "a: 1\nc: 2\nb: |\n  x"},
		{"explicit indentation", "a: |2\n    x\n   y\nb:\n- |1\n  z\n", "set c 1\ninsert b[-] 2",
			"a: |2\n    x\n   y\nb:\n- |1\n  z\n- 2\nc: 1\n"},
		{"scalars of several lines", "a: x\n  y\n\n  z\nb: \"q\n  r\"\nc: 'it''s\n\n  s'\n", "set b 1\nset d 1",
			"a: x\n  y\n\n  z\nb: 1\nc: 'it''s\n\n  s'\nd: 1\n"},
		{"remove", "a: 1\n# b\nb: 2 # two\n# c\nc: 3\n", "remove b", "a: 1\n# b\n# c\nc: 3\n"},
		{"remove the first and the last", "a: 1\n# b\nb: 2 # two\n# c\nc: 3", "remove c\nremove a", "# b\nb: 2 # two\n# c"},
		{"remove the first key behind a dash", "v:\n- name: a\n  x: 1\n", "remove v[0].name", "v:\n- x: 1\n"},
		{"remove the first key before a comment", "v:\n- name: a # n\n  # x\n  x: 1\n", "remove v[0].name", "v:\n-\n  # x\n  x: 1\n"},
		{"remove the only item", "v:\n# c\n- a # b\nw: 1\n", "remove v[0]", "v: []\nw: 1\n"},
		{"remove the only key", "v:\n  a: 1\n", "remove v.a", "v: {}\n"},
		{"an emptied document", "a:\n  b: 1\n", "remove a", "{}\n"},
		{"explicit keys", "? a\n: b\n? c\n: - d\n  - e\n", "set a 1\ninsert c[-] \"f\"\nset g 1", "? a\n: 1\n? c\n: - d\n  - e\n  - f\ng: 1\n"},
		{"quoted keys", "\"a.b\":\n  'c': 1\n", `set "a.b".c 2`, "\"a.b\":\n  'c': 2\n"},
		{"documents and marks", "# h\n--- # d\na: 1\n...\n", "set a 2\nset b 1", "# h\n--- # d\na: 2\nb: 1\n...\n"},
		{"a directive", "%YAML 1.1\n--- # c\na: 1\n", "set b 1", "%YAML 1.1\n--- # c\na: 1\nb: 1\n"},
		{"byte order mark", "\ufeffa: 1\n", "set a 2\nset b 1", "\ufeffa: 2\nb: 1\n"},
		{"anchors elsewhere", "x: &x {a: 1}\ny: *x\nz: {<<: *x, b: 1}\n", "set w 1\nset z.c 2", "x: &x {a: 1}\ny: *x\nz: {<<: *x, b: 1, c: 2}\nw: 1\n"},
		{"an alias is replaced", "x: &x a\ny: *x\n", "set y 1", "x: &x a\ny: 1\n"},
		{"tags", "x: !!str 1\ny: !!map\n  a: !!seq\n  - 1\n", "set x \"2\"\nset y.b 1\ninsert y.a[-] 2", "x: \"2\"\ny: !!map\n  a: !!seq\n  - 1\n  - 2\n  b: 1\n"},
		{"edits of what was added", "v:\n- name: a\n", "insert v[0] {\"name\":\"b\"}\nset v[b].x {\"y\":1}\nset v[b].x.z 2\nremove v[b].x.y",
			"v:\n- name: b\n  x:\n    z: 2\n- name: a\n"},
		{"quotes", "a: 1\n", "set b \"{\\\"op\\\":\\\"x\\\"}\"\nset c \"on\"\nset d \"1\"\nset \"on\" \"it's: \\\"\"",
			"a: 1\nb: '{\"op\":\"x\"}'\nc: \"on\"\nd: \"1\"\n\"on\": \"it's: \\\"\"\n"},
	})
}

func TestFlowForms(t *testing.T) {
	runForms(t, []formCase{
		{"one line", "v: [{name: a}, {name: b}] # c\n", "insert v[b] {\"name\":\"x\",\"k\":[\"1\",\"a,b\"]}\nset v[a].z \"q\"",
			"v: [{name: a, z: q}, {name: x, k: [\"1\", \"a,b\"]}, {name: b}] # c\n"},
		{"several lines with a comma at the end", "v: [\n  {name: a}, # one\n  {name: b},\n]\n", `insert v[-] {"name":"c"}`,
			"v: [\n  {name: a}, # one\n  {name: b},\n  {name: c},\n]\n"},
		{"JSON within YAML", "v: [{\"name\": \"a\"}]\n", `set v[a].x "y"`, "v: [{\"name\": \"a\", \"x\": \"y\"}]\n"},
		{"remove", "v: [a, b, c]\nw: {x: 1, y: 2}\n", "remove v[0]\nremove v[1]\nremove w.y", "v: [b]\nw: {x: 1}\n"},
		{"remove all", "w: {v: [ a ], x: {y: 1}}\n", "remove w.v[0]\nremove w.x.y", "w: {v: [], x: {}}\n"},
		{"empty values", "w: {v, x: }\n", "set w.v 1\nset w.x [2]", "w: {v: 1, x: [2] }\n"},
		{"JSON within YAML, with control characters", "v: {\"a\": \"b\"}\n", `set v.c "\u007f"`, "v: {\"a\": \"b\", \"c\": \"\\u007f\"}\n"},
		{"compact JSON", `{"a":{"b":[1]},"v":[]}`, "insert a.b[-] {\"c\":\"d\"}\ninsert v[-] \"<\"\nset a.e null",
			`{"a":{"b":[1,{"c":"d"}],"e":null},"v":["<"]}`},
		{"JSON on one line", `{"a": 1}` + "\n", `set b {"c": [1, 2]}`, `{"a": 1, "b": {"c": [1, 2]}}` + "\n"},
		{"JSON with tabs", "{\n\t\"a\": {\n\t\t\"b\": []\n\t},\n\t\"s\": {\"x\": \"\\ud83d\\ude00\\/\"}\n}\n",
			"insert a.b[-] {\"c\":[1]}\nset s.y {\"z\":1}",
			"{\n\t\"a\": {\n\t\t\"b\": [\n\t\t\t{\n\t\t\t\t\"c\": [\n\t\t\t\t\t1\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t},\n\t\"s\": {\"x\": \"\\ud83d\\ude00\\/\", \"y\": {\"z\": 1}}\n}\n"},
		{"an empty document", "{}", "set a.b 1", `{"a": {"b": 1}}`},
		{"an empty document within YAML", "--- {} # c\n", "set a.b 1", "--- {a: {b: 1}} # c\n"},
	})
}

func runForms(t *testing.T, cases []formCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := checked(t, c.text, editsOf(t, c.edits)...)
			if err != nil || got != c.want {
				t.Errorf("%v\ngot\n%s\nwant\n%s\n%q", err, got, c.want, got)
			}
		})
	}
}

// TestComments undoes edits around comments at the end, one after the other.
func TestComments(t *testing.T) {
	const text = "a:\n-\n\n - - b\n-   c: e-\n# new\n# more"
	for _, edits := range []string{
		"insert a[-] [{\"name\":\"q\",\"z\":[1,2]}]\ninsert a[0][0] \"x\"\ninsert a[2] \"k\"",
		"remove a[1]\ninsert a[-] 1\ninsert a[-] 2\nremove a[1]\nset b 1\nremove a",
	} {
		if _, err := checked(t, text, editsOf(t, edits)...); err != nil {
			t.Error(err)
		}
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text, edits string
		reason      error
	}{
		"absent":         {"a: 1\n", "remove b", ErrAbsent},
		"no mapping":     {"a: 1\n", "set a.b 1", ErrNoMapping},
		"no list":        {"a: {}\n", "insert a[-] 1", ErrNoList},
		"list":           {"a: [1]\n", "set a.b 1", ErrNoMapping},
		"absent item":    {"a: [{name: x}]\n", "set a[y].b 1", ErrAbsent},
		"ambiguous":      {"a: [{name: x}, {name: x}]\n", "set a[x].b 1", ErrAmbiguous},
		"a shared value": {"a: &a {b: 1}\nc: *a\n", "set a.b 2", ErrShared},
		"through alias":  {"a: &a {b: 1}\nc: *a\n", "set c.b 2", ErrShared},
		"merged":         {"a: &a {b: 1}\nc: {<<: *a, x: 1}\n", "set c.b 2", ErrShared},
		"anchor gone":    {"a: {x: &a 1, z: 1}\nc: *a\n", "set a 2", ErrShared},
		"the root":       {"a: 1\n", "remove \n", ErrPath},
	} {
		t.Run(name, func(t *testing.T) {
			edits := editsOf(t, c.edits)
			if _, err := checked(t, c.text, edits...); !isPathError(err, c.reason) {
				t.Errorf("%v, want %v", err, c.reason)
			}
		})
	}
	if _, err := Parse([]byte("a: [")); err == nil {
		t.Error("no error")
	}
	d, err := Parse([]byte("a: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = d.Apply([]Edit{{Op: Set, At: path(t, "b"), Value: func() {}}})
	if err == nil || errors.Is(err, ErrForm) {
		t.Error(err)
	}
}
