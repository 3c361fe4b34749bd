package transit

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func look(t *testing.T, cfg Config) (Peer, error) {
	t.Helper()
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c.Look(t.Context())
}

func pemOf(cert tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
}

func TestLookAtAcceptedCertificate(t *testing.T) {
	v := newFakeVault(t)
	peer, err := look(t, Config{Address: v.server.URL, CACertPEM: v.caPEM()})
	if err != nil {
		t.Fatal(err)
	}
	if peer.Plain || peer.Rejected != nil || peer.Unverified || len(peer.Chain) == 0 ||
		!peer.Chain[0].Equal(v.server.Certificate()) {
		t.Errorf("%+v", peer)
	}
	if n := v.count(""); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestLookAtRejectedCertificate(t *testing.T) {
	good := func(*x509.Certificate) {}
	cases := map[string]struct {
		change  func(*x509.Certificate)
		trusted bool
		want    string
	}{
		"name": {func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 5)} }, true,
			"does not cover 127.0.0.1: it covers 10.0.0.5"},
		"expired":   {func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, true, "not now"},
		"authority": {good, false, "not trusted"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(t)
			cert := certificate(t, c.change)
			v.withCertificate(cert)
			ca := certificate(t, good)
			if c.trusted {
				ca = cert
			}
			cfg := Config{Address: v.server.URL, CACertPEM: pemOf(ca)}
			peer, err := look(t, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if peer.Rejected == nil || !strings.Contains(peer.Rejected.Error(), c.want) || len(peer.Chain) != 1 {
				t.Errorf("%+v: %v, want %s", peer, peer.Rejected, c.want)
			}
			client, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Health(t.Context())
			var rejected *CertificateError
			if !errors.As(err, &rejected) || rejected.Error() != peer.Rejected.Error() {
				t.Errorf("a request is refused with %v, the look says %v", err, peer.Rejected)
			}
		})
	}
}

func TestLookSaysWhatWouldBeRejected(t *testing.T) {
	v := newFakeVault(t)
	peer, err := look(t, Config{Address: v.server.URL, InsecureSkipVerify: true})
	if err != nil || !peer.Unverified || peer.Rejected == nil {
		t.Errorf("%+v, %v", peer, err)
	}
}

// TestLookShowsNoClientCertificate: the server may not be Vault.
func TestLookShowsNoClientCertificate(t *testing.T) {
	client := certificate(t, func(*x509.Certificate) {})
	asked := make(chan int, 1)
	v := newFakeVault(t)
	v.server.Close()
	v.server = httptest.NewUnstartedServer(http.NotFoundHandler())
	v.server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MaxVersion: tls.VersionTLS12,
		VerifyConnection: func(s tls.ConnectionState) error {
			asked <- len(s.PeerCertificates)
			return nil
		}}
	v.server.StartTLS()
	t.Cleanup(v.server.Close)
	c, err := NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM()})
	if err != nil {
		t.Fatal(err)
	}
	c.connector.dialer.Config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate,
		error) {
		return &client, nil
	}
	if peer, err := c.Look(t.Context()); err != nil || peer.Rejected != nil {
		t.Fatalf("%+v, %v", peer, err)
	}
	select {
	case n := <-asked:
		t.Errorf("the handshake was completed, with %d client certificates", n)
	case <-time.After(100 * time.Millisecond):
	}
}

func TestLookWhereNobodySpeaksTLS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	_, err := look(t, Config{Address: strings.Replace(plain.URL, "http:", "https:", 1)})
	var unreachable *UnreachableError
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &unreachable) || unreachable.Reason != NotTLS {
		t.Errorf("%v", err)
	}
	if peer, err := look(t, Config{Address: plain.URL}); err != nil || !peer.Plain {
		t.Errorf("plain http: %+v, %v", peer, err)
	}
	if _, err := look(t, Config{Address: "http://127.0.0.1:1"}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestHostPort(t *testing.T) {
	for address, want := range map[string]string{
		"https://vault.example": "vault.example:443", "https://vault.example:8200/x": "vault.example:8200",
		"http://localhost": "localhost:80", "https://[::1]": "[::1]:443",
	} {
		c, err := NewClient(Config{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.hostPort(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
