package transit

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// CertificateError says that Vault's certificate was not accepted, and what it covers.
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
	case e.WrongName():
		return fmt.Sprintf("%s does not cover %s: it covers %s", what, e.Name, e.covers())
	case e.UnknownAuthority():
		return what + " is signed by an authority that is not trusted"
	case e.OutOfTime():
		return fmt.Sprintf("%s is valid from %s to %s, not now", what,
			e.NotBefore.UTC().Format(time.RFC3339), e.NotAfter.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("%s is not accepted: %v", what, e.Err)
}

// Unwrap returns x509's error.
func (e *CertificateError) Unwrap() error { return e.Err }

// WrongName reports whether the certificate does not cover Name.
func (e *CertificateError) WrongName() bool { return is[x509.HostnameError](e.Err) }

// UnknownAuthority reports whether the authority that signed the certificate is not trusted.
func (e *CertificateError) UnknownAuthority() bool { return is[x509.UnknownAuthorityError](e.Err) }

// OutOfTime reports whether the certificate is not valid now.
func (e *CertificateError) OutOfTime() bool {
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

func is[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
