package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// certificateLife is longer than any stack lives, long enough that doctor does not warn
// of its end, and short enough to be of no use elsewhere.
const certificateLife = 60 * 24 * time.Hour

// certificate is a certificate with its private key.
type certificate struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// newCA makes a self-signed certificate that may sign others (RFC 5280: basic
// constraints, keyCertSign and a subject key identifier, which x509 adds).
func newCA(name string) (certificate, error) {
	return issue(nil, &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	})
}

// newServer signs a server certificate for the loopback address and others.
func (c certificate) newServer(name string, others ...net.IP) (certificate, error) {
	return issue(&c, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		DNSNames:    []string{"localhost"},
		IPAddresses: append([]net.IP{net.IPv4(127, 0, 0, 1)}, others...),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

// newClient signs a certificate of a user of Kubernetes.
func (c certificate) newClient(user, group string) (certificate, error) {
	return issue(&c, &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: []string{group}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// issue signs the template with the issuer's key, or with its own when there is no
// issuer.
func issue(issuer *certificate, template *x509.Certificate) (certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return certificate{}, err
	}
	template.NotBefore = time.Now().Add(-time.Minute)
	template.NotAfter = template.NotBefore.Add(certificateLife)
	signer := certificate{cert: template, key: key}
	if issuer != nil {
		signer = *issuer
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.cert, key.Public(), signer.key)
	if err != nil {
		return certificate{}, fmt.Errorf("sign certificate %q: %w", template.Subject.CommonName, err)
	}
	cert, err := x509.ParseCertificate(der)
	return certificate{cert: cert, key: key}, err
}

// write stores the certificate and its key as PEM, for the owner only.
func (c certificate) write(certFile, keyFile string) error {
	key, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
	)
}

// writePKI makes the stack's CA and Vault's certificate, which covers other addresses too.
func writePKI(dir stateDir, others ...net.IP) error {
	ca, err := newCA("vaultseal stack CA")
	if err != nil {
		return err
	}
	server, err := ca.newServer("vault", others...)
	if err != nil {
		return err
	}
	return errors.Join(
		ca.write(dir.path(caCert), dir.path(caKey)),
		server.write(dir.path(vaultCert), dir.path(vaultKey)),
	)
}
