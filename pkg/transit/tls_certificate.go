package transit

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// CertificateError says that Vault's certificate was not accepted, and what it is good for.
type CertificateError struct {
	Address     string   // Vault's address
	Name        string   // the host name or IP address the certificate had to cover
	DNSNames    []string // what it covers
	IPAddresses []string
	NotBefore   time.Time
	NotAfter    time.Time
	Err         error // x509's: HostnameError, UnknownAuthorityError, CertificateInvalidError
}

func (e *CertificateError) Error() string {
	what := fmt.Sprintf("certificate of vault at %s", e.Address)
	switch {
	case e.wrongName():
		return fmt.Sprintf("%s does not cover %s: it covers %s", what, e.Name, e.covers())
	case e.unknownAuthority():
		return what + " is signed by an authority that is not trusted"
	case e.outOfTime():
		return fmt.Sprintf("%s is valid from %s to %s, not now", what,
			e.NotBefore.UTC().Format(time.RFC3339), e.NotAfter.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("%s is not accepted: %v", what, e.Err)
}

// Unwrap returns x509's error.
func (e *CertificateError) Unwrap() error { return e.Err }

// Hint says how to make the certificate acceptable.
func (e *CertificateError) Hint() string {
	switch {
	case e.wrongName():
		hint := "reissue the certificate with " + e.missing()
		if name := e.coveredName(); name != "" {
			hint += ", or verify it under a name it covers: --vault-tls-server-name " + name
		}
		return hint
	case e.unknownAuthority():
		return "give the authority's certificate with --vault-ca-cert"
	case e.outOfTime():
		return "renew vault's certificate, or check this machine's clock"
	}
	return ""
}

func (e *CertificateError) wrongName() bool { return is[x509.HostnameError](e.Err) }

func (e *CertificateError) unknownAuthority() bool { return is[x509.UnknownAuthorityError](e.Err) }

func (e *CertificateError) outOfTime() bool {
	var invalid x509.CertificateInvalidError
	return errors.As(e.Err, &invalid) && invalid.Reason == x509.Expired
}

func (e *CertificateError) covers() string {
	names := slices.Concat(e.DNSNames, e.IPAddresses)
	if len(names) == 0 {
		return "no name and no address"
	}
	return strings.Join(names, ", ")
}

// coveredName is one that can be asked for as it stands, "" if there is none.
func (e *CertificateError) coveredName() string {
	for _, name := range slices.Concat(e.DNSNames, e.IPAddresses) {
		if !strings.HasPrefix(name, "*") && !strings.ContainsFunc(name, foreignToHosts) {
			return name
		}
	}
	return ""
}

// foreignToHosts tells that a character is in no host's name or address. Who makes the certificate chooses the names, and
// the hint is pasted into a shell.
func foreignToHosts(r rune) bool {
	alphanumeric := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !alphanumeric && !strings.ContainsRune(".-_:", r)
}

// missing is the subject alternative name that the certificate lacks.
func (e *CertificateError) missing() string {
	if net.ParseIP(e.Name) != nil {
		return "IP SAN " + e.Name
	}
	return "DNS SAN " + e.Name
}

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
