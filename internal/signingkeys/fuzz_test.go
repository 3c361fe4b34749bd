package signingkeys

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	aKeySet = `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	aToken  = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg" // of RFC 8037
)

// FuzzParseJWKS: a set has public keys only, its PEM is the same keys, and no error quotes a token.
func FuzzParseJWKS(f *testing.F) {
	f.Add([]byte(aKeySet), aToken)
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"oct","k":"AAAA"}]}`), "a.b.c")
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`), "")
	f.Fuzz(func(t *testing.T, text []byte, token string) {
		set, err := ParseJWKS(text)
		if err != nil {
			return
		}
		texts, err := set.PEM()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePEM(texts)
		if err != nil || again.Len() != set.Len() || !set.SharesKey(texts) || set.Len() > mostKeys {
			t.Errorf("%d keys became %d: %v", set.Len(), again.Len(), err)
		}
		if _, err := set.Verify(token); err != nil && len(token) > 8 && strings.Contains(err.Error(), token) {
			t.Errorf("the error quotes the token: %v", err)
		}
	})
}

// FuzzParsePEM: each text is a public key or an error.
func FuzzParsePEM(f *testing.F) {
	set, err := ParseJWKS([]byte(aKeySet))
	if err != nil {
		f.Fatal(err)
	}
	texts, err := set.PEM()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(texts[0])
	f.Add("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := ParsePEM([]string{text})
		if err == nil && set.Len() != 1 {
			t.Errorf("%d keys", set.Len())
		}
		if err == nil {
			if _, err := set.PEM(); err != nil {
				t.Error(err)
			}
		}
	})
}

// answers are what an issuer's server answers, by path; it fails the test for requests to another server.
type answers struct {
	t    *testing.T
	host string
	keys string
	rest string
}

func (a answers) RoundTrip(request *http.Request) (*http.Response, error) {
	// net/http leaves out a port that is empty
	if request.URL.Scheme != "https" || !strings.EqualFold(request.URL.Host, strings.TrimSuffix(a.host, ":")) {
		a.t.Errorf("a request to %s, which is not %s", request.URL, a.host)
	}
	text := a.keys
	if strings.HasSuffix(request.URL.Path, wellKnown) {
		text = a.rest
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(text)), Request: request}, nil
}

// FuzzReadIssuer: an issuer's name that a stranger chose, and its document, lead to no other server.
func FuzzReadIssuer(f *testing.F) {
	f.Add("https://issuer.example", `{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"}`, aKeySet)
	f.Add("https://a.example/x", `{"issuer":"https://a.example/x","jwks_uri":"https://a.example@b.example/"}`, "{}")
	f.Add("https://127.0.0.1", `{"jwks_uri":"http://a.example"}`, "")
	f.Fuzz(func(t *testing.T, issuer, document, keys string) {
		own, err := url.Parse(issuer)
		if err != nil {
			return
		}
		fetcher := &Fetcher{elsewhere: true, client: &http.Client{Transport: answers{t, own.Host, keys, document}}}
		set, err := fetcher.ReadIssuer(context.Background(), issuer)
		if err == nil && (set.Len() == 0 || IsOwnHost(own.Hostname())) {
			t.Errorf("%s has %d keys", issuer, set.Len())
		}
	})
}
