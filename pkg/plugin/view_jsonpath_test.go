package plugin

import (
	"bytes"
	"strings"
	"testing"
)

func TestJSONPathRanges(t *testing.T) {
	for template, want := range map[string]string{
		"{range .a[*]}<{@}>{end}!":                        "<1><2>!",
		"{range .a[*]}{range $.none[*]}{@}{end}{@};{end}": "1;2;",
		"{range .b[*]}{range .c[*]}{@}{end}.{end}":        "34.5.",
		"{range .a[*]}{@},":                               "{range} without {end}",
		strings.Repeat("{range .a[*]}", 8) + "{end}":      "{range} without {end}",
		"{end}{range .a[*]}":                              "{end} without {range}",
		"{.a[?(range)]}":                                  "range and end must come first in their braces",
		"{.range}":                                        "field",
		"{.b[?(@.c)]['end','c']}":                         "[3,4] [5]",
	} {
		var out bytes.Buffer
		err := printJSONPath(&out, template,
			[]byte(`{"a": [1, 2], "b": [{"c": [3, 4]}, {"c": [5]}], "range": "field"}`))
		got := out.String()
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "-o jsonpath: ")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
}
