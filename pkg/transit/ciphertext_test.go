package transit

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestParseCiphertext(t *testing.T) {
	payload := base64.StdEncoding.EncodeToString(make([]byte, 29)) // ends with one "="
	for in, version := range map[string]int{
		"vault:v1:" + payload:          1,
		"vault:v10:" + payload:         10,
		"vault:v2147483647:" + payload: math.MaxInt32,
		"vault:v3:" + base64.StdEncoding.EncodeToString(make([]byte, 28)): 3,
	} {
		c, err := ParseCiphertext(in)
		if err != nil || c.Version() != version || c.String() != in || c.IsZero() {
			t.Errorf("ParseCiphertext(%q) = %q version %d, %v", in, c, c.Version(), err)
		}
	}
	bad := []string{
		"", "hunter2", "vault:v1", "vault:v1:", "vault:v0:" + payload, "vault:v01:" + payload, "vault:v-1:" + payload,
		"vault:v+1:" + payload, "vault:v:" + payload, "vault:v2147483648:" + payload, "vault:v99999999999999999999:" +
			payload,
		"3:" + payload, "v3:" + payload, "vault:1:" + payload, "Vault:v1:" + payload, " vault:v1:" + payload, "vault:v1:" + payload + "\n",
		"vault:v1:" + payload[:8] + "\n" + payload[8:],
		"vault:v1:" + strings.TrimRight(payload, "="), "vault:v1:" + payload + "=", "vault:v1:" + payload + ":x",
		"vault:v1:" + payload[:len(payload)-2] + "B=", // bits after the end
		"vault:v1:" + strings.ReplaceAll(payload, "A", "_"),
		"vault:v1:" + base64.StdEncoding.EncodeToString(make([]byte, 27)),
	}
	for _, in := range bad {
		c, err := ParseCiphertext(in)
		if err == nil || !c.IsZero() {
			t.Errorf("ParseCiphertext(%q) = %v, want an error", in, c)
			continue
		}
		if len(in) > 8 && strings.Contains(err.Error(), in) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error quotes its input: %v", err)
		}
	}
}

func TestCiphertextLen(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 31, 32, 1000} {
		for _, version := range []int{1, 9, 10, 12345} {
			want := len(fakeSeal(version, strings.Repeat("x", n)).String())
			if got := CiphertextLen(n, version); got != want {
				t.Errorf("CiphertextLen(%d, %d) = %d, want %d", n, version, got, want)
			}
		}
	}
}

func FuzzParseCiphertext(f *testing.F) {
	f.Add("vault:v1:" + base64.StdEncoding.EncodeToString(make([]byte, 40)))
	f.Add("vault:v1:")
	f.Add("plaintext-of-a-secret")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCiphertext(s)
		if err != nil {
			if len(s) > 12 && strings.Contains(err.Error(), s) {
				t.Fatalf("error quotes its input")
			}
			return
		}
		raw := s[strings.LastIndex(s, ":")+1:]
		decoded, err := base64.StdEncoding.DecodeString(raw)
		if err != nil || c.Version() < 1 {
			t.Fatalf("accepted %q", s)
		}
		if again := fmt.Sprintf("vault:v%d:%s", c.Version(), base64.StdEncoding.EncodeToString(decoded)); again != s {
			t.Fatalf("accepted %q, which is not canonical: %q", s, again)
		}
	})
}
