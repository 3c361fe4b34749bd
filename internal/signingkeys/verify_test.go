package signingkeys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func newKey(t *testing.T, id string) jose.JSONWebKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id}
}

func jwks(t *testing.T, keys ...jose.JSONWebKey) []byte {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, key := range keys {
		set.Keys = append(set.Keys, key.Public())
	}
	text, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func tokenOf(t *testing.T, algorithm jose.SignatureAlgorithm, key any, claims string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestVerify(t *testing.T) {
	one, two := newKey(t, "one"), newKey(t, "two")
	imposter := newKey(t, "one") // another key with the same ID
	set, err := ParseJWKS(jwks(t, one, two))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := set.PEM()
	if err != nil {
		t.Fatal(err)
	}
	static, err := ParsePEM(texts)
	if err != nil {
		t.Fatal(err)
	}
	const claims = `{"iss": "https://issuer.example"}`
	public, err := json.Marshal(one.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		token string
		want  string // of the error; empty: it verifies
	}{
		"one":                {tokenOf(t, jose.ES256, one, claims), ""},
		"two":                {tokenOf(t, jose.ES256, two, claims) + "\n", ""},
		"another key":        {tokenOf(t, jose.ES256, imposter, claims), ErrUnknownKey.Error()},
		"without an ID":      {tokenOf(t, jose.ES256, one.Key, claims), ""},
		"a public key":       {tokenOf(t, jose.HS256, public, claims), "not a signed JWT"},
		"unsigned":           {"eyJhbGciOiJub25lIn0.e30.", "not a signed JWT"},
		"no token":           {"hvs.secret", "not a signed JWT"},
		"no issuer":          {tokenOf(t, jose.ES256, one, "{}"), "no name"},
		"control":            {tokenOf(t, jose.ES256, one, `{"iss": "\u001b[2J"}`), "not printable"},
		"no claims":          {tokenOf(t, jose.ES256, one, "secret"), "no readable claims"},
		"a very long issuer": {tokenOf(t, jose.ES256, one, `{"iss": "`+strings.Repeat("a", 3000)+`"}`), "more than"},
	} {
		for kind, keys := range map[string]Set{"JWKS": set, "PEM": static} {
			issuer, err := keys.Verify(test.token)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
			if err == nil && issuer != "https://issuer.example" {
				t.Errorf("%s, %s: issuer %q", name, kind, issuer)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\x1b")) {
				t.Errorf("%s, %s: %v", name, kind, err)
			}
		}
	}
	if !set.SharesKey(texts[1:]) || set.SharesKey([]string{"other"}) || set.SharesKey(nil) {
		t.Error("SharesKey is wrong")
	}
}

// TestKeysThatAreNone: what is not a public key of a common size is refused, and not tried.
func TestKeysThatAreNone(t *testing.T) {
	large := jose.JSONWebKey{Key: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), mostBits+1), E: 65537}}
	one := newKey(t, "one")
	private, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{one}})
	if err != nil {
		t.Fatal(err)
	}
	many := make([]jose.JSONWebKey, mostKeys+1)
	for n := range many {
		many[n] = one
	}
	for name, text := range map[string][]byte{
		"an RSA key that takes long": jwks(t, large), "a private key": private, "many": jwks(t, many...),
	} {
		if _, err := ParseJWKS(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, texts := range [][]string{nil, {"KEY"}, {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}} {
		if _, err := ParsePEM(texts); err == nil {
			t.Errorf("%q: accepted", texts)
		}
	}
	if _, err := (Set{}).Verify(tokenOf(t, jose.ES256, one, "{}")); !errors.Is(err, ErrUnknownKey) {
		t.Error(err)
	}
}
