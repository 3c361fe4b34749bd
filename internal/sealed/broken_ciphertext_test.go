package sealed

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestBrokenCiphertext(t *testing.T) {
	const (
		good    = "vault:v3:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
		encoded = "it is the base64 of a ciphertext: "
	)
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, c := range map[string]struct{ value, want string }{
		"a ciphertext":                {good, ""},
		"plaintext":                   {"correct-horse", ""},
		"empty":                       {"", ""},
		"base64 of plaintext":         {b64("correct-horse"), ""},
		"a ciphertext in a text":      {"password: " + good, ""},
		"a line end":                  {good + "\n", "transit ciphertext: line end in its base64"},
		"a blank before":              {" " + good, "not a transit ciphertext"},
		"cut off":                     {good[:len(good)-8], "transit ciphertext: "},
		"too short":                   {"vault:v3:AAAA", "transit ciphertext: too short"},
		"no version":                  {"vault:v:AAAA", "transit ciphertext: bad key version"},
		"only its beginning":          {"vault:v", "not a transit ciphertext"},
		"other space before":          {"\u00a0" + good, ""},
		"encoded":                     {b64(good), encoded},
		"encoded, with a line end":    {b64(good) + "\n", encoded},
		"encoded with its line end":   {b64(good + "\n"), encoded},
		"encoded, and cut off before": {b64(good[:20]), encoded},
	} {
		t.Run(name, func(t *testing.T) {
			got := BrokenCiphertext(c.value)
			if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) || strings.Contains(got, "AAAA") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
