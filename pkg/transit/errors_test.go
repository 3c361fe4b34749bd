package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		login   bool
		status  int
		message string
		want    error
	}{
		{false, 503, "Vault is sealed", ErrSealed},
		{true, 503, "Vault is sealed", ErrSealed},
		{false, 503, "Vault is not initialized", ErrSealed},
		{false, 400, "error: vault is sealed", ErrSealed},
		{false, 403, "1 error occurred:\n\t* permission denied\n\n", ErrDenied},
		{false, 403, invalidToken, ErrUnauthenticated},
		{false, 401, "", ErrUnauthenticated},
		{true, 403, "permission denied", ErrUnauthenticated},
		{true, 400, `invalid role name "x"`, ErrUnauthenticated},
		{true, 404, "no handler for route", ErrUnauthenticated},
		{true, 500, "internal error", nil},
		{true, 429, "quota", ErrRateLimited},
		{false, 429, "request path \"x\": rate limit quota exceeded", ErrRateLimited},
		{false, 400, "encryption key not found", ErrKeyNotFound},
		{false, 400, "key not found", ErrKeyNotFound},
		{false, 404, "", ErrKeyNotFound},
		{false, 200, "ciphertext or signature version is disallowed by policy (too old)", ErrVersionRetired},
		{false, 200, "invalid ciphertext: version is too new", ErrVersionTooNew},
		{false, 200, "cipher: message authentication failed", ErrUnauthentic},
		{false, 200, "chacha20poly1305: message authentication failed", ErrUnauthentic},
		{false, 200, "invalid ciphertext: could not decode base64", ErrTampered},
		{false, 200, "invalid ciphertext length", ErrTampered},
		{false, 200, "missing 'context' for key derivation; the key was created using a derived key, which means",
			ErrContextRequired},
		{false, 502, "", ErrUnreachable},
		{false, 503, "node is not active", ErrUnreachable},
		{false, 500, "internal error", nil},
		{false, 504, "", ErrUnreachable},
		{false, 400, "no handler for route \"transit/encrypt/app\"", ErrKeyNotFound},
		{false, 400, "invalid token", nil},
		{false, 500, "this namespace has been locked by an administrator", ErrDenied},
		{false, 200, "something new", nil},
	} {
		if got := classify(c.login, c.status, []string{c.message}); got != c.want {
			t.Errorf("classify(%v, %d, %q) = %v, want %v", c.login, c.status, c.message, got, c.want)
		}
	}
}

func TestErrorsSayWhatAndHelp(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/transit/") {
			fail(w, 403, "1 error occurred:\n\t* permission denied\n\n")
			return true
		}
		return false
	}
	_, err := v.session(t).Decrypt(t.Context(), testKey, []Item{{Ciphertext: fakeSeal(1, "x")}})
	const want = "decrypt with transit key transit/app: denied by vault policy (vault: 403: 1 error occurred: * " +
		"permission denied)"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Capability != "update" || refused.Path != "transit/decrypt/app" ||
		refused.Key != testKey {
		t.Errorf("%+v", refused)
	}
}

// A server that shows its client's request must not make the secrets in it show.
func TestSecretsAreNeverInErrors(t *testing.T) {
	for name, echo := range map[string]func(w http.ResponseWriter, secrets string){
		"words of vault": func(w http.ResponseWriter, s string) { fail(w, 400, "cannot: "+s) },
		"page of a gateway": func(w http.ResponseWriter, s string) {
			w.WriteHeader(500)
			_,
				_ = w.Write([]byte("<p>" + s))
		},
		"JSON of a gateway": func(w http.ResponseWriter, s string) { reply(w, 500, map[string]any{"errors": s}) },
		"result": func(w http.ResponseWriter,
			s string) {
			reply(w, 200, map[string]any{"data": s, "auth": s})
		},
		"item": func(w http.ResponseWriter, s string) {
			reply(w, 200, map[string]any{"data": map[string]any{"batch_results": []any{map[string]any{"error": s}}}})
		},
		"redirect": func(w http.ResponseWriter, s string) {
			w.Header().Set("Location", "https://"+strings.NewReplacer(" ", "-").Replace(s)+".example.com/")
			w.WriteHeader(307)
		},
	} {
		v := newFakeVault(t)
		atLogin := false
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/login") == atLogin {
				secrets := testJWT
				if !atLogin {
					secrets = r.Header.Get("X-Vault-Token")
				}
				echo(w, secrets)
				return true
			}
			return false
		}
		for _, atLogin = range []bool{false, true} {
			s := v.session(t)
			results, err := s.Decrypt(t.Context(), testKey, []Item{{Ciphertext: fakeSeal(1, "secret-plaintext")}})
			if err == nil && results[0].Err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			if err == nil {
				err = results[0].Err
			}
			if text := err.Error(); strings.Contains(text, "secret") || strings.Contains(text, "vault:v") {
				t.Errorf("%s, at login %v: %s", name, atLogin, text)
			}
		}
	}
}

func TestVaultsWordsAreShortAndPrintable(t *testing.T) {
	got := clean("a\x1b[31m\n\tb "+strings.Repeat("é", 500), nil)
	if strings.ContainsAny(got, "\x1b\n\t") || len(got) > maxDetail+3 || !strings.HasPrefix(got, `a\x1b[31m b é`) {
		t.Errorf("%q", got)
	}
}
