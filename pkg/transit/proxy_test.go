package transit

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// connectProxy is an HTTP proxy that knows CONNECT only.
type connectProxy struct {
	*httptest.Server

	mu     sync.Mutex
	asked  []string // what it was to connect to
	other  []string // requests that are no CONNECT
	status int      // it answers in place of connecting; 0: none
	auth   string   // Proxy-Authorization that it wants
}

func newConnectProxy(t *testing.T) *connectProxy {
	t.Helper()
	p := &connectProxy{}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	status := p.status
	if p.auth != "" && r.Header.Get("Proxy-Authorization") != p.auth {
		status = http.StatusProxyAuthRequired
	}
	if r.Method != http.MethodConnect {
		p.other = append(p.other, r.Method+" "+r.RequestURI)
		status = http.StatusMethodNotAllowed
	}
	p.asked = append(p.asked, r.Host)
	p.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	to, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = to.Close() }()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(conn, to); _ = conn.Close() }()
	_, _ = io.Copy(to, buffered)
}

func (v *fakeVault) through(t *testing.T, proxy string) *Client {
	t.Helper()
	parsed, err := ParseProxy(proxy)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM(), Proxy: parsed})
	if err != nil {
		t.Fatal(err)
	}
	passing(c)
	return c
}

// TestThroughAProxy: the proxy sees where to connect to, and nothing else; user and password go to it.
func TestThroughAProxy(t *testing.T) {
	v, p := newFakeVault(t), newConnectProxy(t)
	p.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte("user:hunter2"))
	c := v.through(t, strings.Replace(p.URL, "http://", "http://user:hunter2@", 1))
	s := c.NewSession(testAuth())
	if err := encryptOne(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	peer, err := c.Look(t.Context())
	if err != nil || peer.Rejected != nil || len(peer.Chain) == 0 {
		t.Errorf("look: %+v, %v", peer, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if want := fmt.Sprint([]string{v.hostPort(), v.hostPort()}); fmt.Sprint(p.asked) != want || len(p.other) > 0 {
		t.Errorf("asked to connect to %v, %v", p.asked, p.other)
	}
}

// TestAProxyIsNotTrusted: it cannot show another certificate in Vault's place.
func TestAProxyIsNotTrusted(t *testing.T) {
	v, other := newFakeVault(t), newFakeVault(t)
	other.withCertificate(certificate(t, func(*x509.Certificate) {}))
	p := newConnectProxy(t)
	c := v.through(t, p.URL)
	c.base.Host = other.hostPort() // as if the proxy had led there
	err := encryptOne(t.Context(), c.NewSession(testAuth()))
	var rejected *CertificateError
	if !errors.As(err, &rejected) || len(other.requests) > 0 {
		t.Errorf("%v, %v", err, other.requests)
	}
	if peer, err := c.Look(t.Context()); err != nil || peer.Rejected == nil {
		t.Errorf("look: %+v, %v", peer, err)
	}
}

func TestAProxyThatDoesNotConnect(t *testing.T) {
	for _, status := range []int{407, 403, 503, 0} {
		v, p := newFakeVault(t), newConnectProxy(t)
		p.status = status
		if status == 0 {
			p.Close()
		}
		c := v.through(t, strings.Replace(p.URL, "http://", "http://user:hunter2@", 1))
		err := encryptOne(t.Context(), c.NewSession(testAuth()))
		var unreachable *UnreachableError
		var refused *ProxyError
		if !errors.Is(err, ErrUnreachable) || !errors.As(err, &unreachable) || unreachable.Reason != NotReached ||
			unreachable.Proxy != p.URL ||
			errors.As(err, &refused) != (status != 0) || refused != nil && refused.Status != status ||
			!strings.Contains(err.Error(), "through the proxy "+p.URL+": ") {
			t.Errorf("%d: %v", status, err)
		}
		if text := fmt.Sprintf("%v %+v %#v", err, c, c); strings.Contains(text, "hunter2") {
			t.Errorf("%d: the password shows in %s", status, text)
		}
		if len(p.asked) > 1 {
			t.Errorf("%d: asked %d times", status, len(p.asked))
		}
	}
}

func TestParseProxy(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "none": "", "http://proxy:3128": "http://proxy:3128", "https://proxy/": "https://proxy",
		"socks5://10.0.0.1:1080":         "socks5://10.0.0.1:1080",
		"http://user:hunter2@proxy:3128": "http://proxy:3128", "socks5h://u@p": "socks5h://p",
		"proxy:3128": "-", "http://": "-", "ftp://hunter2": "-", "http://proxy/path-hunter2": "-",
		"http://proxy?hunter2": "-", "http://u:hunter2@proxy:port": "-", "hunter2": "-",
	} {
		p, err := ParseProxy(text)
		if (want == "-") != (err != nil) || err == nil && p.String() != want || err != nil &&
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %q, %v", text, p, err)
		}
		if shown := fmt.Sprintf("%v %+v %#v %s %q %d", p, p, p, p, p, struct{ P Proxy }{p}); strings.Contains(shown,
			"hunter2") {
			t.Errorf("the password shows in %s", shown)
		}
	}
	proxy, _ := ParseProxy("http://proxy:3128")
	if _, err := NewClient(Config{Address: "http://127.0.0.1:8200", Proxy: proxy}); err == nil {
		t.Error("plain http through a proxy")
	}
}

// TestTheAmbientProxyIsNamed: where there is no way to Vault, and nowhere else.
func TestTheAmbientProxyIsNamed(t *testing.T) {
	c, err := NewClient(Config{Address: "https://127.0.0.1:1", AmbientProxy: "https_proxy"})
	if err != nil {
		t.Fatal(err)
	}
	err = encryptOne(t.Context(), c.NewSession(testAuth()))
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || unreachable.Reason != NotReached || unreachable.AmbientProxy != "https_proxy" {
		t.Errorf("%v", err)
	}
}

// TestAProxyOverTLSIsVerified: with the system's certificates. One that these do not know is asked for nothing, and
// Vault's own CA says nothing about it.
func TestAProxyOverTLSIsVerified(t *testing.T) {
	v, p := newFakeVault(t), &connectProxy{}
	p.Server = httptest.NewUnstartedServer(p)
	p.TLS = &tls.Config{Certificates: v.server.TLS.Certificates, MinVersion: tls.VersionTLS12}
	p.StartTLS()
	t.Cleanup(p.Close)
	err := encryptOne(t.Context(), v.through(t, p.URL).NewSession(testAuth()))
	var refused *ProxyError
	if !errors.As(err, &refused) || refused.Status != 0 ||
		!strings.Contains(err.Error(), "connect to the proxy: tls: ") {
		t.Errorf("%v", err)
	}
	if len(p.asked)+len(v.requests) > 0 {
		t.Errorf("the proxy was asked for %v, and Vault for %v", p.asked, v.requests)
	}
}

// TestProxyRefusals: a proxy that cannot reach Vault now is tried again, and one that refuses is not.
func TestProxyRefusals(t *testing.T) {
	for status, want := range map[int]failure{
		502: unconnected, 503: unconnected, 504: unconnected, 403: none, 407: none, 500: none, 429: none,
	} {
		err := &UnreachableError{Err: fmt.Errorf("x: %w", &ProxyError{Status: status})}
		if got := err.failure(); got != want {
			t.Errorf("%d: failure %v, want %v", status, got, want)
		}
		if said := err.Error(); !strings.Contains(said, fmt.Sprintf("the proxy answered %d to CONNECT", status)) {
			t.Errorf("%d: %s", status, said)
		}
	}
	for proxy, want := range map[string]bool{"http://user:pass@proxy": true, "http://user@proxy": true,
		"http://proxy": false, "none": false} {
		parsed, err := ParseProxy(proxy)
		if err != nil || parsed.HasUser() != want {
			t.Errorf("%s has a user: %v, %v", proxy, parsed.HasUser(), err)
		}
	}
}
