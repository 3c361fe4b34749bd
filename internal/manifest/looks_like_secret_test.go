package manifest

import "testing"

func TestMayBeSecret(t *testing.T) {
	for text, may := range map[string]bool{
		"apiVersion: v1\nkind: Secret\nmetadata: {":          true,
		"apiVersion: v1\nkind: ConfigMap\ndata: {":           false,
		"kind: {{ .Kind }}\ndata: {":                         true,
		"kind: {{ .Kind }}\nspec: {":                         false,
		"apiVersion: v1\nmetadata: {":                        true, // its kind is not known
		"data: {":                                            true,
		"name: {":                                            false,
		"kind: ConfigMap\ndata:\n  a: vault:v1:AAAA\n  b: {": true,
	} {
		if got := mayBeSecret([]byte(text)); got != may {
			t.Errorf("%q: %v, want %v", text, got, may)
		}
	}
}
