package transit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func TestLoginRefused(t *testing.T) {
	for _, status := range []int{400, 403} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			fail(w, status, "invalid role name \"vaultseal\" for "+testJWT)
			return true
		}
		err := encryptOne(t.Context(), v.session(t))
		if !errors.Is(err, ErrUnauthenticated) || errors.Is(err, ErrDenied) ||
			!strings.Contains(err.Error(), "invalid role name") {
			t.Errorf("%d: %v", status, err)
		}
		if strings.Contains(err.Error(), testJWT) {
			t.Errorf("the JWT is in the error: %v", err)
		}
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.AuthMount != "kubernetes" || refused.Role != "vaultseal" ||
			refused.KeyProblem != NoKeyProblem {
			t.Errorf("%+v", refused)
		}
	}
}

func TestLoginThatCannotBe(t *testing.T) {
	v := newFakeVault(t)
	broken := errors.New("no token file")
	for name, auth := range map[string]Auth{
		"mount":   {Method: MethodJWT, Mount: "a/../sys", JWT: testAuth().JWT},
		"no JWT":  {Method: MethodJWT},
		"empty":   {Method: MethodJWT, JWT: func(context.Context) (string, error) { return " \n", nil }},
		"error":   {Method: MethodJWT, JWT: func(context.Context) (string, error) { return "", broken }},
		"method":  {Method: "ldap", JWT: testAuth().JWT},
		"token":   {Method: MethodToken},
		"token\n": {Method: MethodToken, Token: "hvs.a\x00b"},
	} {
		err := encryptOne(t.Context(), v.client(t).NewSession(auth))
		if err == nil || name == "error" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(v.requests) != 0 {
		t.Errorf("requests: %v", v.requests)
	}
}

// TestLoginWithoutAToken: an answer that has none is an error, also one that asks for a second factor.
func TestLoginWithoutAToken(t *testing.T) {
	for body, denied := range map[string]bool{
		`{}`: false, `{"auth":null}`: false, `{"auth":{}}`: false, `{"auth":{"mfa_requirement":null}}`: false,
		`{"auth":{"mfa_requirement":{"mfa_request_id":"x"}}}`: true, `<html>`: false,
	} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = fmt.Fprint(w, body)
			return true
		}
		err := encryptOne(t.Context(), v.session(t))
		if err == nil || errors.Is(err, ErrUnauthenticated) != denied || v.count("POST transit/") > 0 {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestATokenFromOutsideThatCannotBe: it is not sent.
func TestATokenFromOutsideThatCannotBe(t *testing.T) {
	for token, want := range map[string]error{
		"": ErrEmptyToken, " \n": ErrEmptyToken, "hvs.a\x00b": ErrUnauthenticated, "hvs.a\nb": ErrUnauthenticated,
	} {
		if lease, err := outsideLease(token); !errors.Is(err, want) || lease != nil {
			t.Errorf("%q: %v", token, err)
		}
	}
	if lease, err := outsideLease(" hvs.a\n"); err != nil || lease.token != "hvs.a" || !lease.outside {
		t.Errorf("%v, %v", lease, err)
	}
}

func TestNoVerbShowsAToken(t *testing.T) {
	v := newFakeVault(t)
	auth := testAuth()
	auth.Token = "hvs.secret-outside"
	s := v.client(t).NewSession(auth)
	_ = s.Login(t.Context())
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("x", "auth", auth, "session", s, "client", s.client)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", auth, "pointer", &auth, "session", s)
	item, result := Item{Plaintext: []byte("secret-plaintext")}, Result{Plaintext: []byte("secret-plaintext")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{auth, &auth, s, s.client, struct{ A Auth }{auth}, []Auth{auth}, item, result,
			[]Item{item}, &result} {
			fmt.Fprintf(&log, verb+"\n", value)
		}
	}
	for _, secret := range []string{"secret", "hvs.", "eyJ", fmt.Sprintf("%x", "secret")} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q shows in %s", secret, log.String())
		}
	}
}
