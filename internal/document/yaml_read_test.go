package document

import (
	"fmt"
	"strings"
	"testing"
)

func TestYAMLAccepted(t *testing.T) {
	checkAccepted(t, YAML, []accepted{
		{"no member", "{}", `{}`},
		{"order", "b: 1\na: [x, {y: z}]\n", `{"b":1,"a":["x",{"y":"z"}]}`},
		{"document markers", "%YAML 1.1\n---\na: 1\n...\n", `{"a":1}`},
		{"CRLF", "a: 1\r\nb: x\r\n", `{"a":1,"b":"x"}`},
		{"integers", "a: +7\nb: -0\nc: 0x1f\nd: 0o17\ne: 017\nf: 1_000\ng: 0b11\n" +
			"h: 12345678901234567890123\ni: 0xffffffffffffffff\nj: 089",
			`{"a":7,"b":-0,"c":31,"d":15,"e":15,"f":1000,"g":3,"h":12345678901234567890123,"i":18446744073709551615,"j":89}`},
		{"floats", "a: .5\nb: 1.\nc: 1e400\nd: +1.50E-3\ne: 0.1000000000000000000001\nf: -.5\ng: 1_0.5",
			`{"a":0.5,"b":1,"c":1e400,"d":1.50E-3,"e":0.1000000000000000000001,"f":-0.5,"g":10.5}`},
		{"strings", "a: yes\nb: 1:30\nc: '1'\nd: |\n  x\n  y\ne: >-\n  x\n  y\n" +
			"f: \"\\u00e9\\0\"\ng: <<\nh: =\ni: 1.2.3\nj: .\nk: -\"",
			`{"a":"yes","b":"1:30","c":"1","d":"x\ny\n","e":"x y",` +
				`"f":"é\u0000","g":"<<","h":"=","i":"1.2.3","j":".","k":"-\""}`},
		{"literals", "a: true\nb: FALSE\nc: ~\nd:\ne: Null", `{"a":true,"b":false,"c":null,"d":null,"e":null}`},
		{
			"timestamps", "a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\nc: !!timestamp 2001-12-14",
			`{"a":"2001-12-14","b":"2001-12-14t21:59:43.10-05:00","c":"2001-12-14"}`,
		},
		{"binary", "a: !!binary |\n  aGVs\n  bG8=\n", `{"a":"aGVsbG8="}`},
		{
			"tags",
			"a: !!str 1\nb: !!int '0x10'\nc: !!float 1\nd: !!null ''\ne: !!map {}\nf: !!seq []\n" +
				"g: !!float 0x1f\nh: !!bool 'true'",
			`{"a":"1","b":16,"c":1,"d":null,"e":{},"f":[],"g":31,"h":true}`,
		},
		{
			"keys", "1: a\n0x10: b\ntrue: c\n1.50: d\n2001-12-14: e\n? x\n: f\n'': g",
			`{"1":"a","16":"b","true":"c","1.50":"d","2001-12-14":"e","x":"f","":"g"}`,
		},
		{"aliases", "a: &a [1, &b x]\nb: *a\n*b : *b", `{"a":[1,"x"],"b":[1,"x"],"x":"x"}`},
		{"anchor again", "a: &a 1\nb: &a 2\nc: *a", `{"a":1,"b":2,"c":2}`},
		{"merge", "a: &a {x: 1, y: 2}\nb:\n  z: 0\n  <<: *a\n  y: 3\n", `{"a":{"x":1,"y":2},"b":{"z":0,"x":1,"y":3}}`},
		{
			"merge list", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b, {v: 5}]}",
			`{"a":{"x":1},"b":{"x":2,"y":2},"c":{"x":1,"y":2,"v":5}}`,
		},
		{
			"merge of a merge", "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}",
			`{"a":{"x":1},"b":{"x":1,"y":2},"c":{"x":1,"y":2}}`,
		},
		{"quoted merge key", `"<<": 1`, `{"<<":1}`},
		{
			"deep", strings.Repeat("{a: ", maxDepth-1) + "{}" + strings.Repeat("}", maxDepth-1),
			strings.Repeat(`{"a":`, maxDepth-1) + "{}" + strings.Repeat("}", maxDepth-1),
		},
	})
}

func TestYAMLRefused(t *testing.T) {
	checkRefused(t, YAML, []refused{
		{"comment only", "# x\n", "empty"},
		{"null", "---\n", "line 2 column 1: want a mapping at the top level"},
		{"sequence", "# x\n- a\n", "line 2 column 1: want a mapping at the top level"},
		{"duplicate", "a: 1\nb: 2\na: 3\n", "line 3 column 1: duplicate key"},
		{"duplicate at depth", "a:\n- b:\n    c: 1\n    c: 2\n", "line 4 column 5: duplicate key"},
		{"duplicate in flow", "a: {é: 1, é: 2}", "line 1 column 11: duplicate key"},
		{"duplicate as text", "1: a\n\"1\": b", "line 2 column 1: duplicate key"},
		{"duplicate by value", "16: a\n0x10: b", "line 2 column 1: duplicate key"},
		{"duplicate literal", "true: a\n'true': b", "line 2 column 1: duplicate key"},
		{"duplicate by alias", "a: &a b\n*a : 1\nb: 2", "line 3 column 1: duplicate key"},
		{"two merge keys", "a: &a {}\nb: {<<: *a, <<: *a}", "line 2 column 13: duplicate key"},
		{"merge of a scalar", "<<: 1", "line 1 column 5: want a mapping, or a sequence of mappings, after a merge key"},
		{"two documents", "a: 1\n---\nb: 2", "line 3 column 1: more than one document"},
		{"empty second document", "a: 1\n---\n", "line 3 column 1: more than one document"},
		{"broken second document", "a: 1\n---\nb: [", "line 3: want a value"},
		{"text after the end", "a: 1\n...\nb\n", "line 3: text after the end of the document"},
		{"null key", "~: 1", "line 1 column 1: want a scalar other than null as a key"},
		{"sequence as key", "? [a]\n: 1", "line 1 column 3: want a scalar other than null as a key"},
		{"mapping as key", "{{a: 1}: 1}", "line 1 column 2: want a scalar other than null as a key"},
		{"nan", "a: .nan", "line 1 column 4: number is not finite"},
		{"inf", "a:\n  b: -.INF", "line 2 column 6: number is not finite"},
		{"inf as key", ".inf: 1", "line 1 column 1: number is not finite"},
		{"tag", "a: !secret x", "line 1 column 4: tag is not one of YAML's own for this kind of value"},
		{"set", "a: !!set {x}", "line 1 column 4: tag is not one of YAML's own for this kind of value"},
		{"tag of another kind", "a: !!map []", "line 1 column 4: tag is not one of YAML's own for this kind of value"},
		{"tag handle", "a: !x!y z", "line 1: tag is not one of YAML's own for this kind of value"},
		{"tag that does not fit", "a: !!int x", "line 1 column 4: value does not match its tag"},
		{"binary", "a: !!binary '%'", "line 1 column 4: binary value is not base64"},
		{"anchor", "a: 1\nb: *x", "alias to an unknown anchor"},
		{"cycle", "a: &a [1, *a]", "line 1 column 11: alias to a value that contains the alias"},
		{"cycle through a merge", "a: &a {<<: *a}", "line 1 column 12: alias to a value that contains the alias"},
		{"control character", "a: 1\nb: \x01", "line 2 column 4: control character"},
		{"NUL", "a: \x00", "line 1 column 4: control character"},
		{"tab", "a:\n\t- b\n", "line 2: a value cannot start with this character: use quotes, or spaces instead of a " +
			"tab"},
		{"two colons", "a: b: c", "line 1: unexpected ':': check the indentation and quotes"},
		{"dedent", "a: 1\nb:\n  c: 1\n d: 2\n", "line 4: want a key: check the indentation"},
		{"open quote", "a: 1\nb: \"x\n", "line 2: closing quote is missing"},
		{"open bracket", "a: 1\nb: [1,\n2\n", "line 2: closing bracket or comma is missing"},
		{"escape", `a: "\q"`, "line 1: invalid escape in a quoted text"},
		{"surrogate", `a: "\ud83d\ude00"`, "line 1: invalid escape in a quoted text"},
		{"version", "%YAML 3.0\n---\na: 1\n", "line 1: %YAML directive with another version than 1.1: remove it"},
		{
			"deep", strings.Repeat("{a: ", maxDepth) + "{}" + strings.Repeat("}", maxDepth),
			"line 1 column 4001: nested deeper than 1,000 levels",
		},
		{"deep keys", strings.Repeat("? ", 5000) + "a", "line 1 column 3: want a scalar other than null as a key"},
		{"deep beyond the library", "a: " + strings.Repeat("[", 1<<20), "line 1: nested deeper than 1,000 levels"},
	})
}

func TestYAMLAliasesAreBounded(t *testing.T) {
	laughs := "a0: &a0 [lol, lol, lol]\n"
	chain := "a0: &a0 {x: 1}\n"
	deep := "a0: &a0 [x]\n"
	for i := range 5000 {
		nine := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", ")
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, nine)
		chain += fmt.Sprintf("a%d: &a%d {<<: *a%d}\n", i+1, i+1, i)
		deep += fmt.Sprintf("a%d: &a%d [*a%d]\n", i+1, i+1, i)
	}
	long := "a: &a " + strings.Repeat("x", 1<<19) + "\nb: [" + strings.Repeat("*a, ", 1<<17) + "]\n"
	for name, text := range map[string]string{"laughs": laughs, "long": long, "chain": chain, "deep": deep} {
		err := Check(YAML, []byte(text))
		if err == nil || !strings.Contains(err.Error(), reasonAliases) && !strings.Contains(err.Error(), reasonDeep) {
			t.Errorf("%s: %v: want a bound", name, err)
		}
	}
	many := "a: &a {x: 1, y: [1, 2, 3]}\nb:\n" + strings.Repeat("- *a\n", 10000)
	if err := Check(YAML, []byte(many)); err != nil {
		t.Errorf("many small aliases: %v", err)
	}
}
