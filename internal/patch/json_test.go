package patch

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestJSONStaysJSON: what another program has written as JSON is restored as JSON, without source text of YAML.
func TestJSONStaysJSON(t *testing.T) {
	before := "spec:\n  volumes:\n  - {name: tls, secret: {secretName: tls}} # a comment\n  - name: other\n"
	document, err := Parse([]byte(before))
	if err != nil {
		t.Fatal(err)
	}
	at := Path{Key("spec"), Key("volumes"), Item("tls")}
	after, undo, err := document.Apply([]Edit{
		{Op: Remove, At: at.With(Key("secret"))},
		{Op: Set, At: at.With(Key("emptyDir")), Value: map[string]any{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	restored := func(text []byte) []byte {
		t.Helper()
		document, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		text, _, err = document.Apply(undo)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if got := restored(after); string(got) != before {
		t.Errorf("%s", got)
	}
	for _, written := range []string{
		`{"spec": {"volumes": [{"name": "tls", "emptyDir": {}}, {"name": "other"}]}}`,
		"{\n    \"spec\": {\n        \"volumes\": [\n            {\n                \"emptyDir\": {},\n" +
			"                \"name\": \"tls\"\n            },\n            {\n                \"name\": \"other\"\n" +
			"            }\n        ]\n    }\n}\n",
	} {
		got := restored([]byte(written))
		if !json.Valid(got) || !bytes.Contains(got, []byte("secretName")) || bytes.Contains(got, []byte("emptyDir")) {
			t.Errorf("%s", got)
		}
	}
}
