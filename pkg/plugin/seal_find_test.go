package plugin

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestSealRefusesValues: a ciphertext that does not parse, and a template, are not the plaintext of an entry. No server
// is needed to say so.
func TestSealRefusesValues(t *testing.T) {
	const (
		ciphertext = "vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
		head       = "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\n"
		encoded    = "it is the base64 of a ciphertext: data takes the base64 of the ciphertext, and stringData the " +
			"ciphertext itself"
		template = "it is a template of a Secret, which cannot be read as it is"
	)
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, c := range map[string]struct{ values, want string }{
		"a block with a line end": {"stringData:\n  p: |\n    " + ciphertext + "\n",
			`line 5: secret app entry "p": transit ciphertext: line end in its base64`},
		"the base64 of a line": {"stringData: {o: x}\ndata:\n  p: " + b64(ciphertext+"\n") + "\n",
			`line 6: secret app entry "p": transit ciphertext: line end in its base64`},
		"base64 in stringData": {"stringData:\n  p: " + b64(ciphertext) + "\n", `line 5: secret app entry "p": ` + encoded},
		"cut off": {"stringData:\n  p: " + ciphertext[:30] + "\n",
			`line 5: secret app entry "p": transit ciphertext: bad base64`},
		"two": {"stringData:\n  p: vault:v3:AAAA\n  q: vault:v3:AAAA\n",
			`line 5: secret app entry "p": transit ciphertext: too short; stdin: line 6: secret app entry "q": ` +
				"transit ciphertext: too short"},
		"a template": {"stringData:\n  p: '{{ .Values.password }}'\n", `line 5: secret app entry "p": ` + template},
		"a template with functions": {"stringData:\n  p: \"{{- .Values.password | quote -}}\"\n",
			`line 5: secret app entry "p": ` + template},
		"a template of two parts":  {"stringData:\n  p: '{{ .a }} {{ .b }}'\n", `line 5: secret app entry "p": ` + template},
		"a template with its text": {"stringData:\n  p: '{{ \"x\" | quote }}'\n", `line 5: secret app entry "p": ` + template},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, t.Context(), head+c.values, "seal", "-f", "-")
			want := "error: stdin: " + c.want + "\n"
			if got.code != 1 || got.out != "" || !strings.HasPrefix(got.err, want) || strings.Contains(got.err, "AAAA") {
				t.Errorf("%d: %s\n%s\nwant %s", got.code, got.out, got.err, want)
			}
		})
	}
}

// TestSealTakesTextWithBraces: a text that only contains an action may be meant as it is. It gets as far as the
// kubeconfig, which is missing here.
func TestSealTakesTextWithBraces(t *testing.T) {
	for _, value := range []string{"a{{ .b }}", "{{ .a }}:{{ .b }}", "{{", "vault:path/of/another#tool"} {
		text := "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\nstringData: {p: '" + value + "'}\n"
		got := runWith(t, t.Context(), text, "seal", "-f", "-")
		if got.code != 2 || !strings.Contains(got.err, "kubeconfig") || strings.Contains(got.err, "entry") {
			t.Errorf("%s: %d: %s", value, got.code, got.err)
		}
	}
}
