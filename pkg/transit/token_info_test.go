package transit

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTokenOfALogin(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		reply(w, 200, map[string]any{"auth": map[string]any{
			"client_token": "hvs.secret-token-1", "lease_duration": 600, "token_type": "batch",
			"policies": []string{"default", "vaultseal"},
		}})
		return true
	}
	got, err := v.session(t).Token(t.Context())
	want := TokenInfo{TTL: 10 * time.Minute, Policies: []string{"default", "vaultseal"}, Batch: true}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if n := v.count(""); n != 1 {
		t.Errorf("%d requests, want the login alone", n)
	}
}

func TestTokenFromOutside(t *testing.T) {
	v := newFakeVault(t)
	const outside = "hvs.secret-outside"
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Vault-Token") != outside {
			fail(w, 403, invalidToken)
			return true
		}
		reply(w, 200,
			map[string]any{"data": map[string]any{"id": outside, "ttl": 30, "type": "service",
				"policies": []string{"root"}}})
		return true
	}
	session := v.client(t).NewSession(Auth{Method: MethodToken, Token: outside})
	got, err := session.Token(t.Context())
	if err != nil || !reflect.DeepEqual(got, TokenInfo{TTL: 30 * time.Second, Policies: []string{"root"}}) {
		t.Errorf("%+v, %v", got, err)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), outside) {
		t.Error("the token is in it")
	}
	other := v.client(t).NewSession(Auth{Method: MethodToken, Token: "hvs.none"})
	if _, err := other.Token(t.Context()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("%v", err)
	}
}

func TestTokenOfARefusedLogin(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, _ *http.Request) bool { fail(w, 403, "permission denied"); return true }
	if _, err := v.session(t).Token(t.Context()); !errors.Is(err, ErrUnauthenticated) {
		t.Errorf("%v", err)
	}
}
