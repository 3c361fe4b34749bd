package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
)

func TestWritePKI(t *testing.T) {
	dir := stateDir(t.TempDir())
	if err := writePKI(dir); err != nil {
		t.Fatal(err)
	}
	ca := loadCertificate(t, dir, caCert, caKey)
	server := loadCertificate(t, dir, vaultCert, vaultKey)

	if !ca.IsCA || ca.KeyUsage&x509.KeyUsageCertSign == 0 {
		t.Error("the CA's certificate may not sign certificates")
	}
	if len(ca.SubjectKeyId) == 0 || !bytes.Equal(ca.SubjectKeyId, server.AuthorityKeyId) {
		t.Errorf("key identifiers: CA's subject %x, server's authority %x", ca.SubjectKeyId, server.AuthorityKeyId)
	}
	if server.IsCA {
		t.Error("the server's certificate is a CA's")
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for host, covered := range map[string]bool{"127.0.0.1": true, "localhost": true, "127.0.0.2": false,
		"vault.example": false} {
		_, err := server.Verify(x509.VerifyOptions{DNSName: host, Roots: roots})
		if (err == nil) != covered {
			t.Errorf("verify for %s: %v", host, err)
		}
	}
}

// loadCertificate reads a certificate and makes sure that the key is its own and
// private.
func loadCertificate(t *testing.T, dir stateDir, certFile, keyFile string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(dir.path(certFile), dir.path(keyFile))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir.path(keyFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %s", keyFile, info.Mode())
	}
	return pair.Leaf
}
