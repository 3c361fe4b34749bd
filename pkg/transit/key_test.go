package transit

import (
	"path"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	good := map[string]Key{
		"app":                    {"transit", "app"},
		"transit/aes256-key":     {"transit", "aes256-key"},
		"team/a/transit/app":     {"team/a/transit", "app"},
		"a":                      {"transit", "a"},
		"t/ns-default_1.x":       {"t", "ns-default_1.x"},
		"a..b/c":                 {"a..b", "c"},
		"team/auth/x":            {"team/auth", "x"},
		"systems/x":              {"systems", "x"},
		"transit/sys":            {"transit", "sys"},
		strings.Repeat("k", 504): {"transit", strings.Repeat("k", 504)},
	}
	for in, want := range good {
		got, err := ParseKey(in)
		if err != nil || got != want {
			t.Errorf("ParseKey(%q) = %v, %v; want %v", in, got, err, want)
		}
		again, err := ParseKey(got.String())
		if err != nil || again != got {
			t.Errorf("ParseKey(String of %q) = %v, %v", in, again, err)
		}
	}
	bad := []string{
		"", "/", "a/", "/a", "a//b", ".", "..", "a/..", "../a", "transit/../sys/x", "transit/./x", "a/.b", "a/b.",
		"a/-b", "a/b-", "a%2fb", "transit/a%2e%2e", "a?b", "a#b", "a b", "a\nb", "a\x00b", "transit/ключ", "a\\b",
		"a:b", "a@b",
		"sys/x", "auth/x", "identity/x", "cubbyhole/x", "sys/policies/acl/x", "auth/token/x", "ns1/cubbyhole/x",
		"app\n", "{namespace}", strings.Repeat("k", 505),
	}
	for _, in := range bad {
		if got, err := ParseKey(in); err == nil {
			t.Errorf("ParseKey(%q) = %v, want an error", in, got)
		}
	}
}

func TestKeyLiteralIsCheckedBeforeItEntersAPath(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	for _, key := range []Key{{}, {"transit", "../sys/x"}, {"transit/..", "x"}, {"", "x"}, {"transit", ""},
		{"a", "b/c"}, {"sys", "x"}} {
		if _, err := s.Encrypt(t.Context(), key, []Item{{}}); err == nil {
			t.Errorf("Encrypt with %#v: no error", key)
		}
		if _, err := s.Key(t.Context(), key); err == nil {
			t.Errorf("Key of %#v: no error", key)
		}
		if _, err := s.Rotate(t.Context(), KeyInfo{Key: key}); err == nil {
			t.Errorf("Rotate of %#v: no error", key)
		}
	}
	if n := len(v.requests); n != 0 {
		t.Errorf("%d requests were sent: %v", n, v.requests)
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"app", "transit/app", "a/b/c", "a/../b", "sys/x", "a%2f", ".", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseKey(s)
		if err != nil {
			if !k.IsZero() {
				t.Fatalf("a key with an error: %v", k)
			}
			return
		}
		p := k.Mount + "/encrypt/" + k.Name
		if path.Join("/v1", p) != "/v1/"+p || strings.ContainsAny(p, "%?# \\") {
			t.Fatalf("%q leaves its path", s)
		}
		if again, err := ParseKey(k.String()); err != nil || again != k {
			t.Fatalf("%q does not round trip: %v, %v", s, again, err)
		}
	})
}
