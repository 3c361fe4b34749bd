package transit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
)

// Peer is the server at Vault's address.
type Peer struct {
	// Plain: it uses plain http and has no certificate.
	Plain bool
	// Chain is its certificates, leaf first: up to the trusted one that it leads to, or as they were
	// shown when they are not accepted.
	Chain []*x509.Certificate
	// Rejected says why they are not accepted.
	Rejected *CertificateError
	// Unverified: the client was told to accept any.
	Unverified bool
}

// errSeen ends a handshake after the certificates.
var errSeen = errors.New("seen")

// Look connects to Vault's address and returns the server's certificates. It sends nothing over that connection, not
// even a client certificate, and closes it during the handshake. The certificates are verified as for every other
// connection. An error means that no server listens there, or not with TLS.
func (c *Client) Look(ctx context.Context) (Peer, error) {
	r := &request{op: "connect to vault"}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if c.base.Scheme != "https" {
		conn, err := c.connector.dialer.NetDialer.DialContext(limited, "tcp", c.hostPort())
		if err != nil {
			return Peer{}, c.transportError(ctx, r, err, false)
		}
		return Peer{Plain: true}, conn.Close()
	}
	shown, err := c.shown(limited)
	if err != nil {
		return Peer{}, c.transportError(ctx, r, err, false)
	}
	peer := c.verify(shown)
	peer.Unverified = c.connector.dialer.Config.InsecureSkipVerify
	return peer, nil
}

// shown is the certificates that are shown at Vault's address.
func (c *Client) shown(ctx context.Context) ([]*x509.Certificate, error) {
	config := c.connector.dialer.Config.Clone()
	config.ServerName = c.verifiedName
	config.GetClientCertificate = nil
	config.InsecureSkipVerify = true // looked at only: the handshake never ends well
	var shown []*x509.Certificate
	config.VerifyConnection = func(state tls.ConnectionState) error {
		shown = state.PeerCertificates
		return errSeen
	}
	handshake := c.shownDirectly
	if !c.connector.proxy.IsZero() {
		handshake = c.shownThrough
	}
	err := handshake(ctx, config)
	if len(shown) > 0 {
		return shown, nil
	}
	if err == nil {
		err = errors.New("no certificate was shown")
	}
	return nil, err
}

func (c *Client) shownDirectly(ctx context.Context, config *tls.Config) error {
	conn, err := c.connector.dialer.NetDialer.DialContext(ctx, "tcp", c.hostPort())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return tls.Client(conn, config).HandshakeContext(ctx)
}

// verify does what crypto/tls does with the certificates of a connection.
func (c *Client) verify(shown []*x509.Certificate) Peer {
	options := x509.VerifyOptions{
		Roots:         c.connector.dialer.Config.RootCAs,
		DNSName:       c.verifiedName,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   c.now(),
	}
	for _, intermediate := range shown[1:] {
		options.Intermediates.AddCert(intermediate)
	}
	chains, err := shown[0].Verify(options)
	if err != nil {
		return Peer{Chain: shown, Rejected: c.rejected(shown[0], err)}
	}
	return Peer{Chain: chains[0]}
}

// hostPort is where connections go to.
func (c *Client) hostPort() string {
	port := c.base.Port()
	switch {
	case port != "":
	case c.base.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(c.base.Hostname(), port)
}

// rejected tells what a certificate that is not accepted is good for.
func (c *Client) rejected(leaf *x509.Certificate, err error) *CertificateError {
	cert := &CertificateError{
		Address:   c.address(),
		Name:      c.verifiedName,
		DNSNames:  leaf.DNSNames,
		NotBefore: leaf.NotBefore,
		NotAfter:  leaf.NotAfter,
		Err:       err,
	}
	for _, ip := range leaf.IPAddresses {
		cert.IPAddresses = append(cert.IPAddresses, ip.String())
	}
	return cert
}

// certificateError makes a *CertificateError of a handshake that failed for the certificate, else nil.
func (c *Client) certificateError(r *request, err error) error {
	var verification *tls.CertificateVerificationError
	if !errors.As(err, &verification) || len(verification.UnverifiedCertificates) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", r.op, c.rejected(verification.UnverifiedCertificates[0], verification.Err))
}
