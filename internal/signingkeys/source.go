package signingkeys

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Parameter is a parameter of Vault's jwt method that names where Vault reads the keys.
type Parameter string

// The parameters.
const (
	JWKS      Parameter = "jwks_url"
	Discovery Parameter = "oidc_discovery_url"
)

// Parameters returns both, in the order in which Vault uses them.
func Parameters() []Parameter { return []Parameter{JWKS, Discovery} }

// CA is the parameter for the CA certificate of the server.
func (p Parameter) CA() string {
	if p == Discovery {
		return "oidc_discovery_ca_pem"
	}
	return "jwks_ca_pem"
}

// Source is where Vault reads the keys. Zero: Vault has them itself.
type Source struct {
	Parameter Parameter
	URL       string
	CA        string // PEM; empty: the system's CAs
}

// Static reports whether Vault has the keys itself.
func (s Source) Static() bool { return s.URL == "" }

// CheckURL refuses a URL that Vault must not read keys at: over plain http anyone on the way can answer with keys of
// their own, except on the machine itself.
func CheckURL(parameter Parameter, text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' }) {
		return errors.New("the URL has characters that a URL cannot have")
	}
	address, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("the URL is invalid")
	case address.Scheme != "https" && (address.Scheme != "http" || !transit.IsLoopback(address.Hostname())):
		return errors.New("want an https:// URL")
	case address.Hostname() == "":
		return errors.New("the URL has no host")
	case address.User != nil:
		return errors.New("the URL has a user, and keys are read anonymously")
	case address.Fragment != "" || strings.Contains(text, "#"):
		return errors.New("the URL has a fragment")
	case parameter == Discovery && (address.RawQuery != "" || address.ForceQuery):
		return errors.New("the URL of an issuer has no query")
	case parameter == Discovery && strings.HasSuffix(address.Path, wellKnown):
		return fmt.Errorf("want the issuer's URL, without %s", wellKnown)
	}
	return nil
}

// IsOwnHost reports whether a host can mean the machine that resolves it.
func IsOwnHost(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().IsLoopback() || address.IsUnspecified()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// CheckCA refuses a text that is not PEM certificates alone. Vault would skip what it cannot use, and a private key
// would be stored where every reader of the configuration sees it.
func CheckCA(text []byte) error {
	found := 0
	for rest := text; ; found++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("it holds %q besides certificates", block.Type)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("certificate %d cannot be read", found+1)
		}
	}
	switch {
	case found == 0:
		return errors.New("it holds no PEM certificate")
	case bytes.Count(text, []byte("-----BEGIN ")) != found: // pem skips a damaged block
		return errors.New("a part of it is not PEM")
	}
	return nil
}
