package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestNoVaultThere has the answers of Vault 1.21 and of a web server to a login at a path that is wrong.
func TestNoVaultThere(t *testing.T) {
	denied := func(w http.ResponseWriter) { fail(w, 403, "permission denied") }
	page := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(404)
		_, _ = w.Write([]byte("404 page not found"))
	}
	for path, c := range map[string]struct {
		answer func(http.ResponseWriter)
		says   string
	}{
		"/v1":    {denied, "there is no Vault at "},
		"/ui":    {page, "there is no Vault at "},
		"/vault": {page, "there is no Vault at "},
		"":       {page, "the server at "},
	} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, _ *http.Request) bool { c.answer(w); return true }
		client, err := NewClient(Config{Address: v.server.URL + path, CACertPEM: v.caPEM()})
		if err != nil {
			t.Fatal(err)
		}
		for _, auth := range []Auth{testAuth(), {Method: MethodToken, Token: "hvs.x"}} {
			err := encryptOne(t.Context(), client.NewSession(auth))
			var other *NotVaultError
			if !strings.Contains(err.Error(), c.says+client.address()) || errors.Is(err, ErrUnauthenticated) ||
				errors.Is(err, ErrDenied) ||
				!errors.As(err, &other) || other.HasPath != (path != "") || other.Address != client.address() {
				t.Errorf("%q, %s: %v", path, auth.Method, err)
			}
		}
	}
}

// TestARefusalAtAGateway: Vault is there, so the refusal stands.
func TestARefusalAtAGateway(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/sys/health") {
			_, _ = w.Write([]byte(`{"initialized":true,"sealed":false}`))
			return true
		}
		fail(w, 400, "invalid role name")
		return true
	}
	client, err := NewClient(Config{Address: v.server.URL + "/vault", CACertPEM: v.caPEM()})
	if err != nil {
		t.Fatal(err)
	}
	if err := encryptOne(t.Context(), client.NewSession(testAuth())); !errors.Is(err, ErrUnauthenticated) {
		t.Error(err)
	}
}
