package plugin

import (
	"strings"
	"testing"
)

func rendered(t *testing.T, format output, entries map[string]string) (string, error) {
	t.Helper()
	o := &viewOptions{output: &outputFlag{value: format}}
	plaintext := map[string][]byte{}
	for name, text := range entries {
		plaintext[name] = []byte(text)
	}
	got, err := o.render(plaintext)
	return string(got), err
}

func TestRender(t *testing.T) {
	cases := []struct {
		name    string
		format  output
		entries map[string]string
		want    string
	}{
		{"a document", outputHuman, map[string]string{"secrets.json": `{"b":1,"a":{"c":[]}}`},
			"{\n  \"b\": 1,\n  \"a\": {\n    \"c\": []\n  }\n}\n"},
		{"the same with -o json", outputJSON, map[string]string{"secrets.json": `{"b":1}`}, "{\n  \"b\": 1\n}\n"},
		{"YAML as JSON", outputHuman, map[string]string{"a.yaml": "b: x\na: 1\n"},
			"{\n  \"b\": \"x\",\n  \"a\": 1\n}\n"},
		{"dotenv as JSON", outputHuman, map[string]string{".env": "A=1\n"}, "{\n  \"A\": \"1\"\n}\n"},
		{"several documents", outputHuman, map[string]string{"b.json": `{"x":1}`, "a.yaml": "y: 2\n"},
			"{\n  \"a.yaml\": {\n    \"y\": 2\n  },\n  \"b.json\": {\n    \"x\": 1\n  }\n}\n"},
		{"text", outputHuman, map[string]string{"password": "it's\n"}, "\"it's\\n\"\n"},
		{"no text at all", outputHuman, map[string]string{"password": ""}, "\"\"\n"},
		{"other bytes", outputHuman, map[string]string{"key": "\xff\x00\xfe"}, "\"/wD+\"\n"},
		{"documents, text and other bytes", outputHuman, map[string]string{"c.json": `{}`, "b": "t", "a": "\xff"},
			"{\n  \"a\": \"/w==\",\n  \"b\": \"t\",\n  \"c.json\": {}\n}\n"},
		{"a broken document is text", outputHuman, map[string]string{"a.json": `{"b":`}, "\"{\\\"b\\\":\"\n"},
		{"large numbers", outputHuman, map[string]string{"a.json": `{"a":12345678901234567890,"b":1e400,"c":0.10}`},
			"{\n  \"a\": 12345678901234567890,\n  \"b\": 1e400,\n  \"c\": 0.10\n}\n"},
		{"HTML in a document", outputHuman, map[string]string{"a.json": `{"<a>":"&<>"}`}, "{\n  \"<a>\": \"&<>\"\n}\n"},
		{"HTML in text", outputHuman, map[string]string{"a": "<b>&"}, "\"<b>&\"\n"},
		{"YAML", outputYAML, map[string]string{"a.json": `{"b":1,"a":"x"}`}, "b: 1\na: x\n"},
		{"YAML of several", outputYAML, map[string]string{"b": "t", "a.json": `{"x":1}`}, "a.json:\n  x: 1\nb: t\n"},
		{"YAML of large numbers", outputYAML, map[string]string{"a.json": `{"a":12345678901234567890}`},
			"a: 12345678901234567890\n"},
		{"env", outputEnv, map[string]string{"a.json": `{"B":"x y","A":1,"C":true,"D":null}`},
			"B='x y'\nA=1\nC=true\nD=\n"},
		{"env of one text", outputEnv, map[string]string{"PASSWORD": "x"}, "PASSWORD=x\n"},
		{"env of several texts", outputEnv, map[string]string{"B": "y", "A": "x"}, "A=x\nB=y\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, err := rendered(t, c.format, c.entries); err != nil || got != c.want {
				t.Errorf("got  %q, %v\nwant %q", got, err, c.want)
			}
		})
	}
}

func TestRenderEnvRefuses(t *testing.T) {
	for name, entries := range map[string]map[string]string{
		"nested":             {"a.json": `{"A":{"b":"` + planted + `"}}`},
		"a list":             {"a.json": `{"A":["` + planted + `"]}`},
		"several documents":  {"a.json": `{"A":"` + planted + `"}`, "b.json": `{}`},
		"no variable's name": {"a.json": `{"a.b":"` + planted + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := rendered(t, outputEnv, entries)
			if err == nil || got != "" {
				t.Fatalf("got %q, %v; want an error", got, err)
			}
			if strings.Contains(err.Error(), planted) {
				t.Errorf("%v: holds a value", err)
			}
		})
	}
}
