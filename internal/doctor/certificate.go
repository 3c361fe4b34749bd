package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

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
		found.worry(ErrPlainHTTP)
		return found
	case peer.Unverified:
		e.know(aCertificate)
		found := ok("not verified")
		found.worry(ErrUnverified)
		if peer.Rejected != nil {
			rejected := rejection(peer)
			found.say("; %v", rejected)
			found.problems = append([]error{rejected}, found.problems...)
		}
		return found
	case peer.Rejected != nil:
		return failed(rejection(peer))
	}
	e.know(aCertificate)
	found := ok("%s", portrait(peer.Chain))
	for _, certificate := range peer.Chain {
		if left := certificate.NotAfter.Sub(e.Now()); left < renewBefore {
			found.worry(&EndingCertificateError{Subject: named(certificate), Day: day(certificate.NotAfter),
				Left: left})
		}
	}
	for _, issuer := range issuers(peer.Chain) {
		if issuer.KeyUsage&x509.KeyUsageCertSign == 0 {
			found.worry(&KeyUsageError{Issuer: named(issuer), KeyID: issuer.SubjectKeyId})
		}
	}
	return found
}

// rejection returns why a certificate is not accepted. x509 reports a known authority that may not sign as an unknown
// authority.
func rejection(peer transit.Peer) error {
	last := peer.Chain[len(peer.Chain)-1]
	if strings.Contains(peer.Rejected.Err.Error(), "parent certificate cannot sign") {
		return &KeyUsageError{Issuer: last.Issuer.String(), KeyID: last.AuthorityKeyId, Err: peer.Rejected}
	}
	return peer.Rejected
}

// portrait describes a chain in one line.
func portrait(chain []*x509.Certificate) phrase {
	leaf := chain[0]
	covered := slices.Clone(leaf.DNSNames)
	for _, address := range leaf.IPAddresses {
		covered = append(covered, address.String())
	}
	signers := make([]string, 0, len(chain))
	for _, issuer := range chain[1:] {
		signers = append(signers, named(issuer))
	}
	until := word(day(leaf.NotAfter))
	if len(signers) == 0 {
		return say("covers %s; until %s", names{kind: aHost, texts: covered}, until)
	}
	return say("covers %s; until %s; signed by %s", names{kind: aHost, texts: covered}, until,
		names{kind: aSubject, texts: signers})
}

// issuers returns the certificates of a chain that sign others. A certificate that is trusted itself may be its own
// issuer.
func issuers(chain []*x509.Certificate) []*x509.Certificate {
	if len(chain) == 1 && chain[0].IsCA {
		return chain
	}
	return chain[1:]
}

func named(certificate *x509.Certificate) string {
	if name := certificate.Subject.String(); name != "" {
		return name
	}
	return "a certificate without a name"
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// days formats a duration in days.
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
