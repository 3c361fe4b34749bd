package setup

import "testing"

func TestDiffYAML(t *testing.T) {
	object := func(c string) map[string]any {
		return map[string]any{"a": 1, "b": 2, "c": c, "d": []string{"x", "y"}, "e": "@@ ", "f": 3, "g": 4}
	}
	for name, test := range map[string]struct {
		from, to map[string]any
		want     string
	}{
		"same": {object("old"), object("old"), ""},
		"changed": {object("old"), object("new"), "@@ -1,6 +1,6 @@\n a: 1\n b: 2\n-c: old\n+c: new\n d:\n - x\n - " +
			"\"y\"\n"},
		"created": {nil, map[string]any{"a": "b"}, "@@ -0,0 +1,1 @@\n+a: b\n"},
		"deleted": {map[string]any{"a": "b"}, nil, "@@ -1,1 +0,0 @@\n-a: b\n"},
		"neither": {nil, nil, ""},
	} {
		if got := diffYAML(test.from, test.to); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, test.want)
		}
	}
}
