package manifest

import (
	"fmt"
	"strings"
	"testing"
)

// TestSpliceLargeLists changes each Secret of large lists, on many lines and on one.
func TestSpliceLargeLists(t *testing.T) {
	const secrets = 4_000
	old := b64(ciphertext(1, "a"))
	var block, line strings.Builder
	block.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	line.WriteString(`{"apiVersion":"v1","kind":"List","items":[`)
	for n := range secrets {
		fmt.Fprintf(&block, "- apiVersion: v1\n  kind: Secret\n  metadata: {name: s%d}\n  data:\n    a: %s\n", n, old)
		if n > 0 {
			line.WriteString(",")
		}
		fmt.Fprintf(&line, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s%d"},"data":{"a":"%s"}}`, n, old)
	}
	line.WriteString("]}")
	for name, text := range map[string]string{"YAML": block.String(), "JSON": line.String()} {
		t.Run(name, func(t *testing.T) {
			read, err := ReadSealed([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			changes := make([]Change, secrets)
			for n, secret := range read.Secrets() {
				changes[n] = Change{Secret: secret, Set: map[string]string{"a": ciphertext(2, "a")}}
			}
			after, err := read.Splice(changes)
			if err != nil || string(after) != strings.ReplaceAll(text, old, b64(ciphertext(2, "a"))) {
				t.Error(err)
			}
		})
	}
}
