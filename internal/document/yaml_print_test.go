package document

import (
	"math/rand/v2"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	yaml11 "sigs.k8s.io/yaml"
)

func TestToYAML(t *testing.T) {
	cases := []accepted{
		{"empty", `{}`, "{}\n"},
		{"null", `null`, "null\n"},
		{"string", `"a b"`, "a b\n"},
		{"text", `"a\nb\n"`, "|\n  a\n  b\n"},
		{"array", `[1,[2,[]],{"a":{}}]`, "- 1\n- - 2\n  - []\n- a: {}\n"},
		{"nested", `{"b":{"c":[{"d":1,"e":[2]},"x"]},"a":null}`,
			"b:\n  c:\n  - d: 1\n    e:\n    - 2\n  - x\na: null\n"},
		{
			"numbers", `[1e400,-1.5E-3,12345678901234567890,-0.0,1e+2]`,
			"- 1.0e+400\n- -1.5e-3\n- 12345678901234567890\n- -0.0\n- 1.0e+2\n",
		},
		{"quoted", `{"yes":"no","1":"0x1f","a: b":" x","":"#","<<":"=","\u2028":"\u0000é😀"}`,
			"\"yes\": \"no\"\n\"1\": \"0x1f\"\n\"a: b\": \" x\"\n\"\": \"#\"\n\"<<\": \"=\"\n\"\\u2028\": " +
				"\"\\u0000é😀\"\n"},
		{
			"plain", `{"a-b":"postgres://u:p@h:5432/db?x=1#y","/p":"c:/d, {e} [f] 'g' \"h\""}`,
			"a-b: postgres://u:p@h:5432/db?x=1#y\n/p: c:/d, {e} [f] 'g' \"h\"\n",
		},
		{"blocks", `{"a":"x\ny","b":"x\n\n","c":["x\n\n y\n"],"d":"x \ny","e":" x\ny"}`,
			"a: |-\n  x\n  y\nb: |+\n  x\n\nc:\n- |\n  x\n\n   y\nd: \"x \\ny\"\ne: \" x\\ny\"\n"},
		{"line breaks in a key", `{"a\nb":1}`, "\"a\\nb\": 1\n"},
		{"above U+FFFF", `{"a":"x\n😀\n","😀":"😀"}`, "a: |\n  x\n  😀\n\"😀\": \"😀\"\n"},
		{"not visible", `{"a":"\u202ex","b":"x\ny\u200b\n"}`, "a: \"\\u202ex\"\nb: \"x\\ny\\u200b\\n\"\n"},
		{"tab first", `{"a":"\tx\ny\n"}`, "a: \"\\tx\\ny\\n\"\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ToYAML([]byte(c.text))
			if err != nil || string(got) != c.want {
				t.Errorf("ToYAML(%s) = %v\n%s\nwant\n%s", c.text, err, got, c.want)
			}
		})
	}
	for _, text := range []string{"", "{", `{"a":1,"a":2}`, "1 2", "\uFEFF{}"} {
		if _, err := ToYAML([]byte(text)); err == nil {
			t.Errorf("ToYAML(%s): want an error", text)
		}
	}
}

// checkYAMLReadBack prints an object as YAML and compares what is read back.
func checkYAMLReadBack(t *testing.T, json []byte) {
	t.Helper()
	text, err := ToYAML(json)
	if err != nil {
		t.Fatalf("ToYAML: %v", err)
	}
	back, err := ToJSON(YAML, text)
	if err != nil {
		t.Fatalf("ToJSON: %v\n%s\n%s", err, json, text)
	}
	if differences, err := Diff(json, back); err != nil || len(differences) > 0 {
		t.Fatalf("read back with differences %v, %v\n%s\n%s\n%s", differences, err, json, text, back)
	}
	first, _ := parseJSON(json)
	second, _ := parseJSON(back)
	if !sameOrder(first, second) {
		t.Fatalf("read back in another order\n%s\n%s", json, back)
	}
}

func sameOrder(a, b *value) bool {
	for i, name := range a.names {
		if b.names[i] != name {
			return false
		}
	}
	for i, item := range a.items {
		if !sameOrder(item, b.items[i]) {
			return false
		}
	}
	return true
}

func TestToYAMLStringsReadBack(t *testing.T) {
	texts := manyStrings()
	checkYAMLReadBack(t, environment(texts))
	for _, text := range texts {
		list := &value{kind: kindArray, items: []*value{{kind: kindString, text: text}}}
		object := &value{kind: kindObject, names: []string{text, text + "x"}, items: []*value{list, list.items[0]}}
		json := object.appendJSON(nil)
		checkYAMLReadBack(t, json)

		printed, _ := ToYAML(json)
		var plain map[string]any
		if err := yaml.Unmarshal(printed, &plain); err != nil || plain[text+"x"] != text {
			t.Errorf("the library reads %q, %v, want %q\n%s", plain, err, text, printed)
		}
		// sigs.k8s.io/yaml, which kubectl uses, reads YAML 1.1, in which yes is a boolean.
		plain = nil
		if err := yaml11.Unmarshal(printed, &plain); err != nil || plain[text+"x"] != text {
			t.Errorf("as YAML 1.1 it is %q, %v, want %q\n%s", plain, err, text, printed)
		}
	}
}

func randomValue(random *rand.Rand, depth int) *value {
	numbers := []string{
		"0", "-0", "1", "-17", "1.50", "1e3", "1E-2", "-1.5e+400", "12345678901234567890123",
		"0.1000000000000000000001",
		"1e0",
	}
	switch kind := random.IntN(8); {
	case kind == 0:
		return &value{kind: kindNull, text: "null"}
	case kind == 1:
		return &value{kind: kindBool, text: []string{"true", "false"}[random.IntN(2)]}
	case kind == 2:
		return &value{kind: kindNumber, text: numbers[random.IntN(len(numbers))]}
	case kind < 5 || depth == 0:
		return &value{kind: kindString, text: randomString(random)}
	case kind < 6:
		array := &value{kind: kindArray}
		for range random.IntN(4) {
			array.items = append(array.items, randomValue(random, depth-1))
		}
		return array
	default:
		return randomObject(random, depth)
	}
}

func randomObject(random *rand.Rand, depth int) *value {
	object, taken := &value{kind: kindObject}, make(map[string]bool)
	for range random.IntN(5) {
		if name := randomString(random); !taken[name] {
			taken[name] = true
			object.names = append(object.names, name)
			object.items = append(object.items, randomValue(random, depth-1))
		}
	}
	return object
}

func TestToYAMLRandomValuesReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		checkYAMLReadBack(t, randomObject(random, 5).appendJSON(nil))
	}
	for range 20 {
		deep := randomObject(random, 3)
		for range 150 {
			deep = &value{kind: kindArray, items: []*value{deep, {kind: kindString, text: randomString(random)}}}
			deep = &value{kind: kindObject, names: []string{randomString(random)}, items: []*value{deep}}
		}
		checkYAMLReadBack(t, deep.appendJSON(nil))
	}
}

func TestToYAMLOfDeepJSONStaysSmall(t *testing.T) {
	opening, closing := strings.Repeat("[", maxDepth-1), strings.Repeat("]", maxDepth-1)
	json := `{"a":` + opening + strings.Repeat("1,", 1<<18) + "1" + closing + "}"
	text, err := ToYAML([]byte(json))
	if err != nil || len(text) > 3*len(json) {
		t.Errorf("ToYAML: %d bytes of %d, %v", len(text), len(json), err)
	}
	checkYAMLReadBack(t, []byte(json))
}
