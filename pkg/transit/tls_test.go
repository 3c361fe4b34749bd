package transit

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate makes a self-signed one.
func certificate(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vault"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (v *fakeVault) withCertificate(cert tls.Certificate) {
	v.server.Close()
	v.server = httptest.NewUnstartedServer(v)
	v.server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	v.server.Config.ErrorLog = log.New(new(bytes.Buffer), "", 0)
	v.server.StartTLS()
	v.t.Cleanup(v.server.Close)
}

func TestCertificateErrors(t *testing.T) {
	named := func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = []string{"*.svc", "vault.example.com"}, []net.IP{net.IPv4(10, 0, 0, 5)}
	}
	bare := func(c *x509.Certificate) { c.IPAddresses = nil }
	past := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	for name, c := range map[string]struct {
		change  func(*x509.Certificate)
		trusted bool
		error   string
		is      func(*CertificateError) bool
	}{
		"no IP SAN": {named, true, "does not cover 127.0.0.1: it covers *.svc, vault.example.com, 10.0.0.5",
			(*CertificateError).WrongName},
		"no SAN":    {bare, true, "covers no name and no address", (*CertificateError).WrongName},
		"authority": {func(*x509.Certificate) {}, false, "not trusted", (*CertificateError).UnknownAuthority},
		"expired":   {past, true, "is valid from", (*CertificateError).OutOfTime},
	} {
		v := newFakeVault(t)
		cert := certificate(t, c.change)
		v.withCertificate(cert)
		config := Config{Address: v.server.URL}
		if c.trusted {
			config.CACertPEM = v.caPEM()
		}
		client, err := NewClient(config)
		if err != nil {
			t.Fatal(err)
		}
		client.sleep = func(context.Context, time.Duration) error { t.Error("retried"); return nil }
		err = encryptOne(t.Context(), client.NewSession(testAuth()))
		var certificateErr *CertificateError
		if !errors.As(err, &certificateErr) || !strings.Contains(err.Error(), c.error) || !c.is(certificateErr) ||
			certificateErr.Name != "127.0.0.1" {
			t.Errorf("%s: %v\n%+v", name, err, certificateErr)
		}
	}
}

func TestServerName(t *testing.T) {
	v := newFakeVault(t)
	v.withCertificate(certificate(t,
		func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"vault.example.com"}, nil }))
	c, err := NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM(), TLSServerName: "vault.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.NewSession(testAuth()).Login(t.Context()); err != nil {
		t.Error(err)
	}
	c, _ = NewClient(Config{Address: v.server.URL, CACertPEM: v.caPEM(), TLSServerName: "other"})
	if err := c.NewSession(testAuth()).Login(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "does not cover other") {
		t.Error(err)
	}
	c, _ = NewClient(Config{Address: v.server.URL, InsecureSkipVerify: true})
	if err := c.NewSession(testAuth()).Login(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestPlainHTTPServer(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	c, err := NewClient(Config{Address: strings.Replace(plain.URL, "http://", "https://", 1)})
	if err != nil {
		t.Fatal(err)
	}
	err = c.NewSession(testAuth()).Login(t.Context())
	var unreachable *UnreachableError
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &unreachable) || unreachable.Reason != NotTLS {
		t.Error(err)
	}
}

func TestAuthoritiesAndClientCertificate(t *testing.T) {
	v := newFakeVault(t)
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca := write("ca.pem", v.caPEM())
	write("README", []byte("no certificate"))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]Config{"file": {CACertFile: ca}, "path": {CAPath: dir}} {
		config.Address = v.server.URL
		c, err := NewClient(config)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.NewSession(testAuth()).Login(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, config := range map[string]Config{
		"two": {CACertFile: ca, CACertPEM: v.caPEM()}, "no file": {CACertFile: "/nowhere"},
		"no dir": {CAPath: "/nowhere"},
		"no PEM": {CACertPEM: []byte("x")}, "no PEM file": {CACertFile: filepath.Join(dir, "README")},
		"empty dir":  {CAPath: filepath.Join(dir, "sub")},
		"cert alone": {ClientCertFile: ca}, "key alone": {ClientKeyFile: ca},
		"no pair": {ClientCertFile: ca, ClientKeyFile: ca},
	} {
		config.Address = v.server.URL
		if _, err := NewClient(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	pair := certificate(t, func(*x509.Certificate) {})
	key, _ := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	cert := write("client.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
	keyFile := write("client.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	var peers int
	v.before = func(_ http.ResponseWriter, r *http.Request) bool { peers += len(r.TLS.PeerCertificates); return false }
	v.server.TLS.ClientAuth = tls.RequestClientCert
	c, err := NewClient(Config{Address: v.server.URL, CACertFile: ca, ClientCertFile: cert, ClientKeyFile: keyFile})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.NewSession(testAuth()).Login(t.Context()); err != nil || peers != 1 {
		t.Errorf("%v, %d client certificates", err, peers)
	}
}
