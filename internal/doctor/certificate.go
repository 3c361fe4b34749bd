package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// renewBefore is how long before its end a certificate should be replaced.
const renewBefore = 30 * 24 * time.Hour

func (e *examination) vaultCertificate(context.Context) finding {
	peer := e.peer
	switch {
	case peer.Plain:
		e.know(aCertificate)
		found := ok("none")
		found.worry("give Vault a certificate and use an https:// address, wherever secrets are at stake", "plain http shows tokens and plaintext to whoever can listen on this machine")
		return found
	case peer.Unverified:
		e.know(aCertificate)
		found := ok("not verified")
		found.worry("leave --vault-insecure-skip-tls-verify out", "whoever answers gets the plaintext")
		if peer.Rejected != nil {
			reason := e.rejected(peer)
			found.summary += "; " + reason.summary
			found.hints = append(reason.hints, found.hints...)
		}
		return found
	case peer.Rejected != nil:
		return e.rejected(peer)
	}
	e.know(aCertificate)
	found := ok("%s", portrait(peer.Chain))
	for _, certificate := range peer.Chain {
		if left := certificate.NotAfter.Sub(e.Now()); left < renewBefore {
			found.worry("renew it before "+day(certificate.NotAfter)+": without it every command fails", "%s ends in %s", named(certificate), days(left))
		}
	}
	for _, issuer := range issuers(peer.Chain) {
		if issuer.KeyUsage&x509.KeyUsageCertSign == 0 {
			found.worry(keyUsageHint(named(issuer), issuer.SubjectKeyId), "%s carries no keyUsage keyCertSign, which RFC 5280 asks of an issuer: Go accepts that, strict clients do not (OpenSSL with x509_strict, Python from 3.13 on)", named(issuer))
		}
	}
	return found
}

// rejected says why a certificate is not accepted. That an authority is known
// and may not sign looks to x509 as if it were not known.
func (e *examination) rejected(peer transit.Peer) finding {
	last := peer.Chain[len(peer.Chain)-1]
	switch {
	case strings.Contains(peer.Rejected.Err.Error(), "parent certificate cannot sign"):
		err := fmt.Errorf("%w: the certificate of %s has a keyUsage without keyCertSign", peer.Rejected, last.Issuer)
		return e.failed(err, keyUsageHint(last.Issuer.String(), last.AuthorityKeyId))
	case e.Hint(peer.Rejected) == "":
		return e.failed(peer.Rejected, "look at it with openssl s_client -showcerts -connect HOST:PORT, and reissue it")
	}
	return e.failed(peer.Rejected)
}

// portrait is what a chain is good for, in one line.
func portrait(chain []*x509.Certificate) string {
	leaf := chain[0]
	covered := slices.Clone(leaf.DNSNames)
	for _, address := range leaf.IPAddresses {
		covered = append(covered, address.String())
	}
	signers := make([]string, 0, len(chain))
	for _, issuer := range chain[1:] {
		signers = append(signers, named(issuer))
	}
	text := fmt.Sprintf("covers %s; until %s", strings.Join(covered, ", "), day(leaf.NotAfter))
	if len(signers) > 0 {
		text += "; signed by " + strings.Join(signers, ", ")
	}
	return text
}

// issuers are the certificates of a chain that sign others. One that is
// trusted by itself may be its own.
func issuers(chain []*x509.Certificate) []*x509.Certificate {
	if len(chain) == 1 && chain[0].IsCA {
		return chain
	}
	return chain[1:]
}

// keyUsageHint is how a CA gets the extension. Its key and the identifier of
// that stay, so what it has signed stays good.
func keyUsageHint(issuer string, keyID []byte) string {
	identifier := "hash"
	if len(keyID) > 0 {
		identifier = strings.ReplaceAll(fmt.Sprintf("% X", keyID), " ", ":")
	}
	return fmt.Sprintf("sign the certificate of %s again, with the same subject and key and these lines in ca.cnf, and give it to clients in place of the old one:\n", printable.Line(issuer)) +
		"[v3_ca]\n" +
		"basicConstraints = critical, CA:TRUE\n" +
		"keyUsage = critical, keyCertSign, cRLSign\n" +
		"subjectKeyIdentifier = " + identifier + "\n" +
		"openssl x509 -in ca.crt -signkey ca.key -days 3650 -clrext -extfile ca.cnf -extensions v3_ca -out new-ca.crt" +
		" (of an intermediate, -CA and -CAkey in place of -signkey)"
}

func named(certificate *x509.Certificate) string {
	if name := certificate.Subject.String(); name != "" {
		return name
	}
	return "a certificate without a name"
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// days is a duration as people count it.
func days(left time.Duration) string {
	switch whole := int(left / (24 * time.Hour)); whole {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", whole)
	}
}
