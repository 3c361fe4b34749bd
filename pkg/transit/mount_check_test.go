package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// mounted answers what a mount is.
func mounted(kind, path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/v1/sys/internal/ui/mounts/") {
			return false
		}
		if kind == "" {
			fail(w, http.StatusForbidden, "preflight capability check returned 403")
			return true
		}
		reply(w, http.StatusOK, map[string]any{"data": map[string]any{"type": kind, "path": path}})
		return true
	}
}

// TestPlaintextGoesToTransitOnly: an administrator's token may write to any engine, and others store what they are
// sent.
func TestPlaintextGoesToTransitOnly(t *testing.T) {
	for name, c := range map[string]struct {
		kind, path string
		want       error
	}{
		"transit":             {"transit", "transit/", nil},
		"key-value":           {"kv", "transit/", ErrNotTransit},
		"below another mount": {"transit", "tran/", ErrNotTransit},
		"no right below it":   {"", "", ErrDenied},
		"another answer":      {"1", "", ErrNotTransit},
	} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(t)
			v.tokens["hvs.outside"] = true
			v.before = mounted(c.kind, c.path)
			s := v.client(t).NewSession(Auth{Method: MethodToken, Token: "hvs.outside"})
			for range 2 {
				if _, err := s.Encrypt(t.Context(), testKey, []Item{{Plaintext: []byte("PLAINTEXT")}}); !errors.Is(err,
					c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%v, want %v", err, c.want)
				}
			}
			if sent := v.count("POST transit/encrypt"); (sent > 0) != (c.want == nil) {
				t.Errorf("%d requests with plaintext", sent)
			}
			if asked := v.count("GET sys/internal/ui/mounts/transit"); c.want == nil && asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// TestLoginsProveNoEngine: a token that was logged in for may write only where its role lets it, and costs no request.
func TestLoginsProveNoEngine(t *testing.T) {
	v := newFakeVault(t)
	if _, err := v.session(t).Encrypt(t.Context(), testKey, []Item{{Plaintext: []byte("PLAINTEXT")}}); err != nil ||
		v.count("GET sys/internal") > 0 {
		t.Errorf("%v, %v", err, v.requests)
	}
}
