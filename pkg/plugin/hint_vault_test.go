package plugin

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// TestHintsQuoteWhatOthersChoose: a writer of the ConfigMap names the role, Vault names the policies, and an issuer of
// certificates names what they cover.
func TestHintsQuoteWhatOthersChoose(t *testing.T) {
	certificate := certificateFor("vault.example", "evil; touch pwned", "*.vault.example", "vault.internal")
	for want, err := range map[string]error{
		"vault read auth/kubernetes/role/'x; touch pwned'":               &transit.RefusedError{Kind: transit.ErrUnauthenticated, AuthMount: "kubernetes", Role: "x; touch pwned"},
		"vault write auth/kubernetes/role/'x; touch pwned' token_ttl":    &doctor.LongTokenError{AuthMount: "kubernetes", Role: "x; touch pwned"},
		"vault write auth/kubernetes/role/'$(x)' token_no_default":       &doctor.DefaultPolicyError{AuthMount: "kubernetes", Role: "$(x)"},
		"(vault policy read '$(touch pwned)')":                           &doctor.PolicyError{Policies: []string{"default", "$(touch pwned)"}},
		"under a name it covers: --vault-tls-server-name vault.internal": certificate,
	} {
		if got := hint(err); !strings.Contains(got, want) {
			t.Errorf("hint %q, want %q", got, want)
		}
	}
}

// TestKeyIdentifierStays: certificates that the CA has signed name it.
func TestKeyIdentifierStays(t *testing.T) {
	for want, keyID := range map[string][]byte{
		"\nsubjectKeyIdentifier = 0A:FF:00\n": {0x0a, 0xff, 0},
		"\nsubjectKeyIdentifier = hash\n":     nil,
	} {
		if got := hint(&doctor.KeyUsageError{Issuer: "CN=ca", KeyID: keyID}); !strings.Contains(got, want) ||
			strings.Count(got, "\n") != 5 {
			t.Errorf("hint %q, want %q", got, want)
		}
	}
}

// certificateFor is the error about a certificate that does not cover a name.
func certificateFor(name string, covered ...string) *transit.CertificateError {
	certificate := &x509.Certificate{DNSNames: covered}
	return &transit.CertificateError{
		Address: "https://" + name + ":8200", Name: name, DNSNames: covered,
		Err: x509.HostnameError{Certificate: certificate, Host: name},
	}
}
