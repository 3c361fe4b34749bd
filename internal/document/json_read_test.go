package document

import (
	"strings"
	"testing"
)

func TestJSONAccepted(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth-1) + "{}" + strings.Repeat("}", maxDepth-1)
	checkAccepted(t, JSON, []accepted{
		{"no member", " {} \n", `{}`},
		{"order", `{"b": 1, "a": [ ] , "c":{"z":null,"y":true}}`, `{"b":1,"a":[],"c":{"z":null,"y":true}}`},
		{
			"numbers", `{"a":1e400,"b":12345678901234567890,"c":-0.00,"d":1E+2}`,
			`{"a":1e400,"b":12345678901234567890,"c":-0.00,"d":1E+2}`,
		},
		{"strings", `{"\u0061":"\u00e9\ud83d\ude00\n\/<&\u2028"}`, "{\"a\":\"é😀\\n/<&\u2028\"}"},
		{"same key apart", `{"a":{"a":1},"b":{"a":1}}`, `{"a":{"a":1},"b":{"a":1}}`},
		{"empty key", `{"":1}`, `{"":1}`},
		{"deep", deep, deep},
	})
}

func TestJSONRefused(t *testing.T) {
	checkRefused(t, JSON, []refused{
		{"array", "\n [1]", "line 2 column 2: want a mapping at the top level"},
		{"null", "null", "line 1 column 1: want a mapping at the top level"},
		{"duplicate", "{\"a\":1,\n \"a\":2}", "line 2 column 2: duplicate key"},
		{"duplicate at depth", `{"a":[{"b":{"é":1,"c":2,"é":3}}]}`, "line 1 column 25: duplicate key"},
		{"duplicate escaped", `{"a":1,"\u0061":2}`, "line 1 column 8: duplicate key"},
		{"cut", `{"a":1`, "line 1 column 7: unexpected end of the document"},
		{"cut string", "{\"a\":\"x", "line 1 column 8: unexpected end of the document"},
		{"two", "{}\n{}", "line 2 column 1: text after the end of the document"},
		{"comment", "{} // x", "line 1 column 4: text after the end of the document"},
		{"trailing comma", `{"a":1,}`, "line 1 column 7: want a value"},
		{"no comma", `{"a":1 "b":2}`, "line 1 column 8: want ',' or '}' after a member"},
		{"no comma in array", `{"a":[1 2]}`, "line 1 column 9: want ',' or ']' after an element"},
		{"no colon", `{"a" 1}`, "line 1 column 6: want ':' after a key"},
		{"no value", `{"a":}`, "line 1 column 6: want a value"},
		{"bare key", `{a:1}`, "line 1 column 2: want a value"},
		{"number as key", `{1:1}`, "line 1 column 2: want a string in double quotes as a key"},
		{"single quotes", `{"a":'x'}`, "line 1 column 6: want a value"},
		{"NaN", `{"a":NaN}`, "line 1 column 6: want a value"},
		{"leading zero", `{"a":01}`, "line 1 column 7: want ',' or '}' after a member"},
		{"bare point", `{"a":1.}`, "line 1 column 8: invalid number"},
		{"cut literal", `{"a":tru}`, "line 1 column 9: not valid JSON"},
		{"raw line break", "{\"a\":\"x\ny\"}", "line 1 column 8: control character in a string: use an escape"},
		{"escape", `{"a":"\q"}`, "line 1 column 7: invalid escape in a string"},
		{"lone surrogate", `{"a":"\ud800"}`, "line 1 column 7: invalid escape in a string"},
		{"deep", strings.Repeat(`{"a":`, maxDepth) + "{}", "line 1 column 5001: nested deeper than 1,000 levels"},
		{"very deep", `{"a":` + strings.Repeat("[", 1<<20), "line 1 column 1005: nested deeper than 1,000 levels"},
	})
}
