package doctor

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	usual     = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	longAfter = 90 * 24 * time.Hour
)

// chainOf is a leaf and its CA, as they look.
func chainOf(leafLife time.Duration, usage x509.KeyUsage, caLife time.Duration) []*x509.Certificate {
	return []*x509.Certificate{
		{Subject: pkix.Name{CommonName: "leaf"}, DNSNames: []string{"vault.example"},
			IPAddresses: []net.IP{net.IPv4(10, 0, 0, 1)}, NotAfter: today.Add(leafLife)},
		{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, KeyUsage: usage, NotAfter: today.Add(caLife)},
	}
}

func TestCertificate(t *testing.T) {
	const day = 24 * time.Hour
	alone := chainOf(longAfter, 0, 0)[:1]
	alone[0].IsCA = true
	rejected := &transit.CertificateError{Name: "vault.example",
		Err: x509.HostnameError{Certificate: &x509.Certificate{}}}
	other := &transit.CertificateError{Err: x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}}
	for name, c := range map[string]struct {
		peer       transit.Peer
		want       Status
		says, hint string
	}{
		"good": {transit.Peer{Chain: chainOf(longAfter, usual, longAfter)}, OK,
			"covers vault.example, 10.0.0.1; until 2027-02-22; signed by CN=ca", ""},
		"just in time": {transit.Peer{Chain: chainOf(30*day, usual, 30*day)}, OK, "", ""},
		"ends": {transit.Peer{Chain: chainOf(30*day-time.Hour, usual, longAfter)}, Warning,
			"CN=leaf ends in 29 days", `&doctor.EndingCertificateError{Subject:"CN=leaf", Day:"2026-12-24"`},
		"ends tomorrow": {transit.Peer{Chain: chainOf(day, usual, longAfter)}, Warning, "CN=leaf ends in 1 day",
			"EndingCertificateError"},
		"ends today": {transit.Peer{Chain: chainOf(time.Hour, usual, longAfter)}, Warning,
			"CN=leaf ends in less than a day", "EndingCertificateError"},
		"CA ends": {transit.Peer{Chain: chainOf(longAfter, usual, day)}, Warning, "CN=ca ends in 1 day",
			"EndingCertificateError"},
		"no keyUsage": {transit.Peer{Chain: chainOf(longAfter, 0, longAfter)}, Warning,
			"CN=ca has no keyUsage keyCertSign", `&doctor.KeyUsageError{Issuer:"CN=ca"`},
		"its own CA": {transit.Peer{Chain: alone}, Warning, "CN=leaf has no keyUsage keyCertSign",
			`&doctor.KeyUsageError{Issuer:"CN=leaf"`},
		"plain": {transit.Peer{Plain: true}, Warning, "plain http", "&errors.errorString"},
		"rejected": {transit.Peer{Chain: alone, Rejected: rejected}, Failed, "does not cover vault.example",
			"&transit.CertificateError{"},
		"odd": {transit.Peer{Chain: alone, Rejected: other}, Failed, "not accepted",
			"&transit.CertificateError{"},
		"unverified": {transit.Peer{Chain: alone, Unverified: true}, Warning, "not verified", ErrUnverified.Error()},
		"unverified and rejected": {transit.Peer{Chain: alone, Unverified: true, Rejected: rejected}, Warning,
			"any server at the address gets the plaintext; certificate of vault at  does not cover",
			"&transit.CertificateError{"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			x.vault.peer = c.peer
			checks := x.checks(t)
			if checks[VaultCertificate].Status != c.want {
				t.Errorf("%+v, want %s", checks[VaultCertificate], c.want)
			}
			contains(t, checks[VaultCertificate].Summary, c.says)
			contains(t, checks[VaultCertificate].Hint, c.hint)
			if skipped := checks[VaultStatus].Status == Skipped; skipped != (c.want == Failed) {
				t.Errorf("status: %+v", checks[VaultStatus])
			}
		})
	}
}

func TestWorriesAddUp(t *testing.T) {
	x := newExamined()
	x.vault.peer = transit.Peer{Chain: chainOf(time.Hour, 0, time.Hour)}
	check := x.checks(t)[VaultCertificate]
	if strings.Count(check.Summary, "less than a day") != 2 || !strings.Contains(check.Summary, "keyCertSign") ||
		len(check.problems) != 3 || strings.Count(check.Hint, "\n") != 2 {
		t.Errorf("%+v", check)
	}
}

// TestNamesSteerNoTerminal: the server at the address chooses them.
func TestNamesSteerNoTerminal(t *testing.T) {
	x := newExamined()
	x.vault.peer.Chain = chainOf(longAfter, usual, longAfter)
	x.vault.peer.Chain[0].DNSNames = []string{"a\x1b[2J\n✓ all is well"}
	check := x.checks(t)[VaultCertificate]
	contains(t, check.Summary, "covers a\\x1b[2J; ✓ all is well, 10.0.0.1")
}
