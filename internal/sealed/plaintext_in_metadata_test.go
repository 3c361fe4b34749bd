package sealed

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestPlaintextInMetadata(t *testing.T) {
	const value = `s3cr"et<&horse`
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, text := range map[string]string{
		"as it is": "x " + value + " y", "JSON": `{"a":"s3cr\"et<&horse"}`,
		"within JSON":   `{"a":"x s3cr\"et<&horse y"}`,
		"JSON for HTML": `"s3cr\"et\u003c\u0026horse"`,
		"base64":        encoded(value), "base64 in it": encoded("a" + value + "b"),
		"further in it":         encoded("ab" + value + "cd"),
		"at the end":            encoded("abc" + value),
		"for URLs":              base64.URLEncoding.EncodeToString([]byte("??>" + value)),
		"base64 without an end": strings.TrimRight(encoded(value), "="),
	} {
		t.Run(name, func(t *testing.T) {
			for _, metadata := range []PublicMetadata{
				{Annotations: map[string]string{"example.org/note": text}},
				{Labels: map[string]string{"example.org/note": text}},
			} {
				err := metadata.Check(map[string][]byte{"other": []byte("another value"),
					"password": []byte(value + "\n")})
				var found *PlaintextInMetadataError
				if !errors.As(err, &found) || found.Name != "example.org/note" || found.Entry != "password" ||
					strings.Contains(err.Error(), "horse") {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

// TestShortestValueBeside: values of eight bytes are searched.
func TestShortestValueBeside(t *testing.T) {
	public := PublicMetadata{Annotations: map[string]string{"a": "12345678"}}
	if public.Check(map[string][]byte{"x": []byte("12345678")}) == nil {
		t.Error("a value of eight bytes is not found")
	}
}

func TestNothingBeside(t *testing.T) {
	for name, c := range map[string]struct{ value, text string }{
		"short":                 {"1234567", "1234567"},
		"part of it":            {"correct-horse", "correct"},
		"the Secret's own name": {"postgres", "postgres"},
		"the namespace":         {"database", "database"},
		"empty":                 {"", "anything"},
		"white space":           {"          ", "            "},
	} {
		t.Run(name, func(t *testing.T) {
			metadata := PublicMetadata{
				Namespace: "database", Name: "my-postgres", Annotations: map[string]string{"a": c.text},
				Labels: map[string]string{"a": c.text},
			}
			if err := metadata.Check(map[string][]byte{"x": []byte(c.value)}); err != nil {
				t.Error(err)
			}
		})
	}
}

// FuzzBeside: a value that stands in an annotation is found, in each form, and no error quotes it.
func FuzzBeside(f *testing.F) {
	f.Add("correct-horse", "before ", " after")
	f.Add(`a"b\c<>&`+"\u2028x", "", "\n")
	f.Fuzz(func(t *testing.T, value, before, after string) {
		trimmed := strings.TrimSpace(value)
		if len(trimmed) < MinPlaintextBytes || strings.Contains("/", trimmed) {
			return
		}
		for _, text := range []string{
			before + value + after, base64.StdEncoding.EncodeToString([]byte(before + value + after)),
		} {
			err := PublicMetadata{Annotations: map[string]string{"a": text}}.
				Check(map[string][]byte{"e": []byte(value)})
			if err == nil || err.Error() != `annotation "a" holds the plaintext of entry "e"` {
				t.Errorf("%q in %q: %v", value, text, err)
			}
		}
	})
}
