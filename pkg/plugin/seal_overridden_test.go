package plugin

import (
	"strings"
	"testing"
)

// TestSealOverridden: plaintext in data that a ciphertext in stringData overrides is not sealed, because nothing reads
// it. It must not stay in what goes to git. No server is needed for it.
func TestSealOverridden(t *testing.T) {
	const ciphertext = "vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
	const head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n"
	for name, c := range map[string]struct{ text, want string }{
		"one of two": {
			head + "data:\n  a: Y29ycmVjdC1ob3JzZQ== # old\n  b: dmF1bHQ6djM6QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9PQ==\n" +
				"stringData:\n  a: " + ciphertext + "\n",
			head + "data:\n  b: dmF1bHQ6djM6QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9PQ==\n" +
				"stringData:\n  a: " + ciphertext + "\n",
		},
		"all": {
			head + "data:\n  a: Y29ycmVjdC1ob3JzZQ==\nstringData: {a: '" + ciphertext + "'}\n",
			head + "stringData: {a: " + ciphertext + "}\n",
		},
		"an old ciphertext": {
			head + "data: {a: dmF1bHQ6djM6QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9PQ==}\nstringData: {a: '" + ciphertext + "'}\n",
			head + "data: {a: dmF1bHQ6djM6QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9PQ==}\nstringData: {a: '" + ciphertext + "'}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, t.Context(), c.text, "seal", "-f", "-")
			if got.code != 0 || got.out != c.want || strings.Contains(got.err, "horse") {
				t.Errorf("%d: %s\n%s", got.code, got.out, got.err)
			}
		})
	}
}

// TestSealOverriddenElsewhere: plaintext that leaves data stays in no comment, annotation or label.
func TestSealOverriddenElsewhere(t *testing.T) {
	const values = "data: {a: Y29ycmVjdC1ob3JzZQ==}\n" +
		"stringData: {a: 'vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='}\n"
	for name, c := range map[string]struct{ metadata, want string }{
		"comment":    {" # Y29ycmVjdC1ob3JzZQ==", `stdin: line 3: secret app entry "a": a comment holds its plaintext`},
		"annotation": {"\n  annotations: {note: is correct-horse}", `annotation "note" holds the plaintext of entry "a"`},
		"label":      {"\n  labels: {l: correct-horse}", `label "l" holds the plaintext of entry "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := "apiVersion: v1\nkind: Secret\nmetadata:" + c.metadata + "\n  name: app\n" + values
			got := runWith(t, t.Context(), text, "seal", "-f", "-")
			if got.code != 1 || got.out != "" || !strings.Contains(got.err, c.want) || strings.Contains(got.err, "horse") {
				t.Errorf("%d: %s\n%s", got.code, got.out, got.err)
			}
		})
	}
}
