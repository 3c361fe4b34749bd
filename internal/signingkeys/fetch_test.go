package signingkeys

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// issuerServer is an issuer whose paths a test sets.
type issuerServer struct {
	*httptest.Server

	answers map[string]http.HandlerFunc
	asked   []string
}

func newIssuer(t *testing.T) *issuerServer {
	t.Helper()
	s := &issuerServer{answers: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r.URL.Path)
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("%s has credentials", r.URL)
		}
		if answer := s.answers[r.URL.Path]; answer != nil {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	s.text("/keys", string(jwks(t, newKey(t, "one"))))
	s.document(s.URL, s.URL+"/keys")
	return s
}

func (s *issuerServer) text(path, text string) {
	s.answers[path] = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

func (s *issuerServer) document(issuer, keys string) {
	text, _ := json.Marshal(map[string]string{"issuer": issuer, "jwks_uri": keys})
	s.text(wellKnown, string(text))
}

// ca is the server's certificate.
func (s *issuerServer) ca() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func (s *issuerServer) fetcher(t *testing.T, elsewhere bool) *Fetcher {
	t.Helper()
	f, err := NewFetcher(s.ca(), elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadIssuer(t *testing.T) {
	s := newIssuer(t)
	set, err := s.fetcher(t, false).ReadIssuer(t.Context(), s.URL)
	if err != nil || set.Len() != 1 {
		t.Errorf("%d keys: %v", set.Len(), err)
	}
	for _, source := range []Source{{Parameter: JWKS, URL: s.URL + "/keys"}, {Parameter: Discovery, URL: s.URL}} {
		if set, err := s.fetcher(t, false).Read(t.Context(), source); err != nil || set.Len() != 1 {
			t.Errorf("%s: %d keys: %v", source.Parameter, set.Len(), err)
		}
	}
}

// TestReadIssuerWithASlash: AKS has such issuers. Vault compares the text, and so the slash counts.
func TestReadIssuerWithASlash(t *testing.T) {
	s := newIssuer(t)
	s.document(s.URL+"/", s.URL+"/keys")
	if _, err := s.fetcher(t, false).ReadIssuer(t.Context(), s.URL+"/"); err != nil {
		t.Error(err)
	}
	if _, err := s.fetcher(t, false).ReadIssuer(t.Context(), s.URL); err == nil {
		t.Error("the document of another issuer is accepted")
	}
}

// TestIssuerIsAnAttackers: the server answers what it wants, and decides neither where requests go nor how much is
// read.
func TestIssuerIsAnAttackers(t *testing.T) {
	other := newIssuer(t)
	for name, test := range map[string]struct {
		set  func(s *issuerServer)
		want string
	}{
		"a redirect": {func(s *issuerServer) {
			s.answers[wellKnown] = http.RedirectHandler(other.URL+wellKnown, http.StatusFound).ServeHTTP
		}, "it answers 302"},
		"a redirect of the keys": {func(s *issuerServer) {
			s.answers["/keys"] = http.RedirectHandler(other.URL+"/keys", http.StatusTemporaryRedirect).ServeHTTP
		}, "it answers 307"},
		"keys elsewhere":       {func(s *issuerServer) { s.document(s.URL, other.URL+"/keys") }, "on another server"},
		"keys over plain http": {func(s *issuerServer) { s.document(s.URL, "http://issuer.example/keys") }, "https://"},
		"keys on this machine": {func(s *issuerServer) { s.document(s.URL, "http://localhost/keys") }, "on another server"},
		"keys in a file":       {func(s *issuerServer) { s.document(s.URL, "file:///etc/passwd") }, "https://"},
		"a user":               {func(s *issuerServer) { s.document(s.URL, withUser(s.URL)+"/keys") }, "has a user"},
		"control characters":   {func(s *issuerServer) { s.document(s.URL, s.URL+"/\x1b[2J") }, "characters"},
		"no address of keys":   {func(s *issuerServer) { s.document(s.URL, "") }, "https://"},
		"another issuer":       {func(s *issuerServer) { s.document("\x1b[2J", s.URL+"/keys") }, `of another issuer, "\x1b[2J"`},
		"a long issuer": {func(s *issuerServer) { s.document(strings.Repeat("a", 1e5), s.URL+"/keys") },
			`of another issuer, "` + strings.Repeat("a", 200) + `"`},
		"no document": {func(s *issuerServer) { s.text(wellKnown, "<html>") }, "is not a document"},
		"too much":    {func(s *issuerServer) { s.answers["/keys"] = endless }, "more than 1048576 bytes"},
		"no keys":     {func(s *issuerServer) { s.text("/keys", `{"keys": []}`) }, "it has no keys"},
		"no set":      {func(s *issuerServer) { s.text("/keys", "<html>") }, "not a JSON Web Key Set"},
		"a shared secret": {func(s *issuerServer) {
			s.text("/keys", `{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]}`)
		}, "is not a public key"},
		"an error": {func(s *issuerServer) {
			s.answers["/keys"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
		}, "it answers 403"},
	} {
		s := newIssuer(t)
		test.set(s)
		_, err := s.fetcher(t, false).ReadIssuer(t.Context(), s.URL)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(other.asked) > 0 {
		t.Errorf("another server was asked for %q", other.asked)
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for block := bytes.Repeat([]byte(" "), 1<<16); ; {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func withUser(address string) string {
	return strings.Replace(address, "https://", "https://user:secret@", 1)
}

// TestIssuerNamesAnAddressOfItsOwn: the API server says the issuer's name, and no name leads to this machine or to
// services of its link such as a cloud's metadata.
func TestIssuerNamesAnAddressOfItsOwn(t *testing.T) {
	s := newIssuer(t)
	port := s.Listener.Addr().(*net.TCPAddr).Port
	for _, issuer := range []string{
		s.URL, fmt.Sprintf("https://localhost:%d", port), fmt.Sprintf("https://localhost.:%d/a", port),
		fmt.Sprintf("https://[::1]:%d", port), fmt.Sprintf("https://[::ffff:127.0.0.1]:%d", port),
		fmt.Sprintf("https://0.0.0.0:%d", port), fmt.Sprintf("https://127.1:%d", port),
		"https://169.254.169.254", "https://[fe80::1]", "http://169.254.169.254", "http://issuer.example",
		withUser(s.URL), s.URL + "?a=b", s.URL + "#a", s.URL + "?", "https://", "https:///a", "file:///etc/passwd",
		"kubernetes/serviceaccount", "", "https://issuer.example/\x1b[2J", "https://issuer.example/a b",
		"https://issuer.example/\u202e", "//issuer.example",
	} {
		if _, err := s.fetcher(t, true).ReadIssuer(t.Context(), issuer); err == nil {
			t.Errorf("%q is read", issuer)
		} else if strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("the server was asked for %q", s.asked)
	}
}

// TestUntrustedCertificate: no one on the way answers for the issuer.
func TestUntrustedCertificate(t *testing.T) {
	s := newIssuer(t)
	f, err := NewFetcher("", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadIssuer(t.Context(), s.URL); err == nil || len(s.asked) > 0 {
		t.Errorf("%v; asked for %q", err, s.asked)
	}
}

func TestCheckURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://issuer.example": "", "https://issuer.example:8443/id/1/": "", "http://127.0.0.1:80/a": "",
		"http://localhost/a": "", "https://[2001:db8::1]/a": "", "https://issuer.example/a?b=c": "no query",
		"http://issuer.example": "https://", "ftp://issuer.example": "https://", "issuer.example": "https://",
		"https://u:p@issuer.example": "has a user", "https://u@issuer.example": "has a user",
		"https://issuer.example/#": "fragment", "https://issuer.example\n": "characters",
		"https://issuer.example" + wellKnown: "without", "https://%zz": "invalid",
		"http://localhost.evil.example": "https://", "http://a.localhost": "https://", "http://127.0.0.1.evil.example": "https://",
	} {
		err := CheckURL(Discovery, text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := CheckURL(JWKS, "https://issuer.example/a?b=c"); err != nil {
		t.Error(err)
	}
}

func TestCheckCA(t *testing.T) {
	s := newIssuer(t)
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")}))
	for name, test := range map[string]struct{ text, want string }{
		"one": {s.ca(), ""}, "two, with a comment": {"the CA\n" + s.ca() + s.ca(), ""},
		"none": {"", "no PEM certificate"}, "text": {"certificate", "no PEM certificate"},
		"a private key":   {s.ca() + key, `"PRIVATE KEY"`},
		"not one at all":  {string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("a")})), "cannot be read"},
		"half of another": {s.ca() + s.ca()[:200], "not PEM"},
	} {
		err := CheckCA([]byte(test.text))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the text is in the error: %v", name, err)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, text := range []string{"https://issuer.example/a", "http://localhost", "https://u@h", "https://[::1]:1#"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if CheckURL(JWKS, text) != nil {
			return
		}
		address, err := url.Parse(text)
		if err != nil || address.Host == "" || address.User != nil || address.Scheme != "https" &&
			!transit.IsLoopback(address.Hostname()) || strings.ContainsAny(text, "\x00\n\x1b") {
			t.Errorf("%q is accepted", text)
		}
	})
}

// TestRefuseOwn: what counts is the address that is dialled, whatever name led to it.
func TestRefuseOwn(t *testing.T) {
	for address, refused := range map[string]bool{
		"127.0.0.1:443": true, "127.9.9.9:1": true, "[::1]:443": true, "[::ffff:127.0.0.1]:443": true, "0.0.0.0:443": true,
		"[::]:443": true, "169.254.169.254:80": true, "[fe80::1]:443": true, "[::ffff:169.254.169.254]:80": true,
		"224.0.0.1:443": true, "[ff02::1]:443": true, "issuer.example:443": true, "": true,
		"192.0.2.1:443": false, "10.0.0.1:443": false, "[2001:db8::1]:443": false,
	} {
		if err := refuseOwn("tcp", address, nil); (err != nil) != refused {
			t.Errorf("%q: %v", address, err)
		}
	}
}
