package manifest

import (
	"strings"
	"testing"
)

// TestLiteralsInATemplate: a text that a template prints is checked as if it were the value.
func TestLiteralsInATemplate(t *testing.T) {
	for action, want := range map[string]string{
		`{{ .Values.password | default "hunter2" | b64enc }}`:   "hunter2",
		`{{- default "hunter2" .Values.p -}}`:                   "hunter2",
		`{{ printf "%s" "hunter2" }}`:                           "hunter2",
		`{{ printf "hunter2-%s" .Values.p }}`:                   "hunter2-",
		"{{ coalesce .a .b `hunter2` | quote }}":                "hunter2",
		`{{ ternary "hunter2" .b (eq .c "prod") }}`:             "hunter2",
		`{{ .c | ternary .a "hunter2" | nindent 4 }}`:           "hunter2",
		`{{ b64enc (default (print .a "hunter2") .b) }}`:        "hunter2",
		`{{ or .a "hunter2" | required "a message" }}`:          "hunter2",
		`{{ if .a }}{{ .a }}{{ else }}{{ "hunter2" }}{{ end }}`: "hunter2",
		`{{ "a)|b" | trim }}`:                                   "a)|b",
		`{{ default "vault:v1:abcd" .a }}`:                      "vault:v1:abcd",
		`{{ coalesce "vault:v1:abcd" "hunter2" }}`:              "hunter2",
		`{{ .Values.a | default "" | b64enc }}`:                 "",
		`{{ "" }}`:                                              "",
		`{{ printf "%s:%s" .a .b }}`:                            "",
		`{{ required "a message" .a }}`:                         "",
		`{{ include (printf "%s.labels" .a) . }}`:               "",
		`{{ index .Values (print "a" "b") | b64enc }}`:          "",
		`{{ printf "conf/%s" .a | .Files.Get | b64enc }}`:       "",
		`{{ (default "conf" .a).b }}`:                           "",
		`{{ ternary .a .b (eq .Values.c "prod") }}`:             "",
		`{{ if eq .a "prod" }}{{ .b }}{{ end }}`:                "",
		`{{ lookup "v1" "Secret" "a" "b" }}`:                    "",
		`{{ .a | default (randAlphaNum 16) | trimSuffix "-" }}`: "",
		`{{ ` + strings.Repeat("(", 1<<20) + ` "a" }}`:          "",
		`{{ ) "a" }}`: "",
	} {
		actions := actionsOf(action)
		if got := literalOf(actions); len(actions) == 0 || got != want {
			t.Errorf("%.80s: %q of %d actions, want %q", action, got, len(actions), want)
		}
		form := valueForm("data", action)
		if form.IsTemplate != (want == "") || string(form.Value) != want {
			t.Errorf("%.80s: %q, template: %v", action, form.Value, form.IsTemplate)
		}
	}
	if form := valueForm("stringData", " "); form.IsTemplate {
		t.Error("white space is a template")
	}
}

// TestFormsOfBlocksThatATemplateMakes: such a block is a value that a template makes, and not an empty one.
func TestFormsOfBlocksThatATemplateMakes(t *testing.T) {
	const text = `apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  {{- toYaml .Values.first | nindent 2 }}
  tls.key: |-
    {{- if .Values.on }}
    {{ .Values.key | nindent 4 }}
    {{- end }}
  tls.crt: >
    {{ .Values.crt }}
    {{ .Values.chain }}
  default: |
    {{ .Values.a | default "hunter2" | nindent 4 }}
  part: |
    {{ .Values.a }}
    hunter2
  empty: ""
  {{- toYaml .Values.rest | nindent 2 }}
  only-if: |
    {{- if .Values.on }}
    {{- end }}
  none:
    {{- .Values.last | nindent 4 }}
`
	want := `1 secret {{ .Release.Name }}
14 default=hunter2
19 empty=
24 none=(template)
21 only-if=
16 part=
hunter2

11 tls.crt=(template)
7 tls.key=(template)
6 (template)
17 (template)
20 (template)`
	if got := forms(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
