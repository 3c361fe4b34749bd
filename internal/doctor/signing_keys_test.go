package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// signer is a cluster's signing key.
type signer struct{ jose.JSONWebKey }

func newSigner(t *testing.T, id string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{jose.JSONWebKey{Key: key, KeyID: id}}
}

func (s signer) token(t *testing.T) string {
	t.Helper()
	signing, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.JSONWebKey}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signing.Sign([]byte(`{"iss":"https://issuer.acme","sub":"system:serviceaccount:team-a:vaultseal",` +
		`"aud":["vault"],"iat":1,"exp":601}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s signer) jwks(t *testing.T) []byte {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s signer) pem(t *testing.T) []any {
	t.Helper()
	set, err := signingkeys.ParseJWKS(s.jwks(t))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := set.PEM()
	if err != nil {
		t.Fatal(err)
	}
	return []any{texts[0]}
}

// TestSigningKeysInVault: where an administrator's token may read the configuration, the token is verified with the
// keys that are there.
func TestSigningKeysInVault(t *testing.T) {
	own, other := newSigner(t, "own"), newSigner(t, "other")
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/own" {
			_, _ = w.Write(own.jwks(t))
			return
		}
		_, _ = w.Write(other.jwks(t))
	}))
	t.Cleanup(server.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	const issuer = "https://issuer.acme"
	for name, test := range map[string]struct {
		is     map[string]any
		err    error
		status Status
		says   string
	}{
		"static":          {map[string]any{"jwt_validation_pubkeys": own.pem(t), "bound_issuer": issuer}, nil, OK, "verifies with one of 1 static keys"},
		"another static":  {map[string]any{"jwt_validation_pubkeys": other.pem(t), "bound_issuer": issuer}, nil, Failed, "with none of the 1 static keys in auth/jwt/config"},
		"another issuer":  {map[string]any{"jwt_validation_pubkeys": own.pem(t), "bound_issuer": "https://a"}, nil, Failed, "issuer is https://issuer.acme, and auth/jwt accepts those of https://a"},
		"any issuer":      {map[string]any{"jwt_validation_pubkeys": own.pem(t)}, nil, Warning, "accepts tokens of any issuer"},
		"a URL":           {map[string]any{"jwks_url": server.URL + "/own", "jwks_ca_pem": ca, "bound_issuer": issuer}, nil, OK, "verifies with a key at " + server.URL + "/own"},
		"another URL":     {map[string]any{"jwks_url": server.URL + "/a", "jwks_ca_pem": ca, "bound_issuer": issuer}, nil, Failed, "none of the 1 keys at " + server.URL},
		"plain http":      {map[string]any{"jwks_url": "http://issuer.acme", "bound_issuer": issuer}, nil, Warning, "anyone on the way"},
		"unreadable":      {map[string]any{"jwks_url": server.URL + "/own", "bound_issuer": issuer}, nil, Skipped, "cannot be read here"},
		"unconfigured":    {nil, nil, Failed, "has no configuration"},
		"several URLs":    {map[string]any{"jwks_pairs": []any{map[string]any{}}}, nil, Skipped, "has several URLs"},
		"no right":        {nil, fmt.Errorf("read: %w", transit.ErrDenied), Skipped, "may not read auth/jwt/config"},
		"another failure": {nil, errors.New("only the ConfigMap has the address"), Skipped, "only the ConfigMap"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, redact := range []bool{false, true} {
				x := newExamined()
				x.redact = redact
				x.flags["vault-auth-method"] = "jwt"
				x.cluster["POST /api/v1/namespaces/team-a/serviceaccounts/vaultseal/token"] = fmt.Sprintf(
					`{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{"token":%q,`+
						`"expirationTimestamp":%q}}`,
					own.token(t), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
				x.authConfig = func(_ context.Context, mount string) (map[string]any, error) {
					if mount != "jwt" {
						t.Errorf("auth/%s is read", mount)
					}
					return test.is, test.err
				}
				if test.status == Failed {
					x.vault.tokenErr = &transit.RefusedError{Op: "log in", Kind: transit.ErrUnauthenticated}
				}
				diagnosis, err := x.run(t)
				if err != nil {
					t.Fatal(err)
				}
				check := checksByID(diagnosis.Checks)[SigningKeys]
				if check == nil || check.Status != test.status {
					t.Fatalf("%+v", check)
				}
				if test.status == Failed && (diagnosis.FirstCause != SigningKeys || !diagnosis.Denied()) {
					t.Errorf("the first cause is %s", diagnosis.FirstCause)
				}
				if redact && (strings.Contains(check.Summary, "acme") || strings.Contains(check.Summary, server.URL)) {
					t.Errorf("redacted: %s", check.Summary)
				}
				if !redact {
					contains(t, check.Summary, test.says)
				}
			}
		})
	}
}

// TestSigningKeysAreForTheJWTMethod: other methods have no such check, and no check reads a configuration without a
// token.
func TestSigningKeysAreForTheJWTMethod(t *testing.T) {
	x := newExamined()
	diagnosis, err := x.run(t)
	if err != nil || checksByID(diagnosis.Checks)[SigningKeys] != nil {
		t.Errorf("%v: the kubernetes method has the check", err)
	}
	x = newExamined()
	x.flags["vault-auth-method"] = "jwt"
	if diagnosis, err = x.run(t); err != nil {
		t.Fatal(err)
	}
	if check := checksByID(diagnosis.Checks)[SigningKeys]; check == nil || check.Status != Skipped || check.NotMade() {
		t.Errorf("%+v", check)
	}
}
