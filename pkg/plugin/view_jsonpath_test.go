package plugin

import (
	"bytes"
	"strings"
	"testing"
	"text/template"
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

// TestGoTemplatesAreGo: a template of JSON values prints what Go's text/template prints.
func TestGoTemplatesAreGo(t *testing.T) {
	const value = `{"a": [1, 2.50, "x<&>"], "m": {"k-1": true, "b": null}, "s": "aGk=", "big": 12345678901234567890}`
	for _, text := range []string{
		"{{.s}} {{.m}} {{.a}} {{.big}} {{.none}} {{.m.none}}", `{{index .m "k-1"}} {{index .a 1}} {{len .a}}`,
		"{{range $i, $e := .a}}{{if $i}}, {{end}}{{$i}}={{$e}}{{else}}none{{end}}", "{{base64decode .s | printf \"%q\"}}",
		"{{with .m}}{{.b}}{{$.s}}{{end}}", `{{define "x"}}<{{.}}>{{end}}{{template "x" .s}}`, "{{slice .s 1 3}}",
		"{{html (index .a 2)}} {{js .s}} {{urlquery .s}}", "{{range .m}}{{.}}{{break}}{{end}}",
		"{{if and .s (not .none) (eq .s \"aGk=\")}}yes{{end -}} \n", "{{.s.none}}", "{{index .a 9}}", "{{base64decode .m}}",
		"{{lt .s 1}}", "{{.a.b.c}}", "{{template \"none\"}}", "{{call .s}}",
	} {
		var got, want bytes.Buffer
		gotErr := printGoTemplate(&got, text, []byte(value))
		parsed := template.Must(template.New("output").Funcs(template.FuncMap{"base64decode": base64Decode}).Parse(text))
		wantErr := fill(&want, parsed, []byte(value))
		if got.String() != want.String() || (gotErr == nil) != (wantErr == nil) {
			t.Errorf("%s: %q, %v, and Go prints %q, %v", text, got.String(), gotErr, want.String(), wantErr)
		}
	}
}
