package doctor

import (
	"errors"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Problems without fields.
var (
	// ErrPlainHTTP: Vault is called over plain http.
	ErrPlainHTTP = errors.New("plain http shows tokens and plaintext to anyone who can listen on this machine")
	// ErrUnverified: Vault's certificate is not verified.
	ErrUnverified = errors.New("any server at the address gets the plaintext")
	// ErrAudienceIgnored: the ConfigMap has an audience, which is ignored.
	ErrAudienceIgnored = errors.New("the ConfigMap's key audience is not used")
	// ErrLongOutsideToken: the token in VAULT_TOKEN is valid for a long time.
	ErrLongOutsideToken = errors.New("it is not revoked at the end, and is valid for a long time")
	// ErrNotInitialised: Vault is not initialised.
	ErrNotInitialised = errors.New("vault is not initialised")
	// ErrOpensToAnother: an entry opened to another value than the one that was sealed.
	ErrOpensToAnother = errors.New("what was sealed opens to something else")
)

// UntestedVersionError reports a server version that was not tested.
type UntestedVersionError struct {
	Tested compatibility.Tested
}

func (e *UntestedVersionError) Error() string { return e.phrase().String() }

func (e *UntestedVersionError) phrase() phrase {
	return say("it is not among the versions that were tested (%s)", word(e.Tested.String()))
}

// UnverifiedServerError reports an API server that does not prove who it is.
type UnverifiedServerError struct {
	Plain bool // it is called over plain http; if false, its certificate is not verified
}

func (e *UnverifiedServerError) Error() string { return e.phrase().String() }

func (e *UnverifiedServerError) phrase() phrase {
	if e.Plain {
		return say("it is called over plain http: anyone on the network can answer for it")
	}
	return say("its certificate is not verified (insecure-skip-tls-verify): anyone on the network can answer for it")
}

// TokenLifetimeError reports a ServiceAccount token that is not valid for as long as it was requested for.
type TokenLifetimeError struct{ Requested, Granted time.Duration }

func (e *TokenLifetimeError) Error() string { return e.phrase().String() }

func (e *TokenLifetimeError) phrase() phrase {
	return say("%s were requested", e.Requested)
}

// SecretRightsError lists what the user is not allowed to do with Secrets in Kubernetes. It is transit.ErrDenied, whose
// own text is about Vault.
type SecretRightsError struct {
	Missing   []string // verbs
	Needed    []string // all verbs that the part needs
	Namespace string
	Part      config.Part
}

func (e *SecretRightsError) Error() string { return e.phrase().String() }

func (e *SecretRightsError) phrase() phrase {
	return say("no right to %s Secrets in namespace %s: denied by Kubernetes", word(list(e.Missing)),
		name{aNamespace, e.Namespace})
}

// Unwrap returns transit.ErrDenied.
func (e *SecretRightsError) Unwrap() error { return transit.ErrDenied }

// ConfigMapError reports that the ConfigMap could not be read.
type ConfigMapError struct {
	Namespace string
	Forbidden bool // if false, the API server cannot be reached
}

func (e *ConfigMapError) Error() string { return e.phrase().String() }

func (e *ConfigMapError) phrase() phrase {
	namespace := name{aNamespace, e.Namespace}
	if e.Forbidden {
		return say("no right to read the ConfigMap %s/%s: it is treated as absent", namespace,
			word(config.ConfigMapName))
	}
	return say("the ConfigMap %s/%s could not be read: it may have other values", namespace,
		word(config.ConfigMapName))
}

// NotSetUpError reports that the cluster has no configuration, and that flags and variables name no Vault either.
type NotSetUpError struct {
	Namespace string // where the ConfigMap should be
	Forbidden bool   // the API server does not tell users without rights whether it exists; setup lets everyone read it
}

func (e *NotSetUpError) Error() string { return e.phrase().String() }

func (e *NotSetUpError) phrase() phrase {
	if e.Forbidden {
		return say("this cluster is not set up, or you have no right to read the ConfigMap %s/%s",
			name{aNamespace, e.Namespace}, word(config.ConfigMapName))
	}
	return say("this cluster is not set up: it has no ConfigMap %s/%s", name{aNamespace, e.Namespace},
		word(config.ConfigMapName))
}

// ConfigurationError reports an invalid configuration.
type ConfigurationError struct{ Err error }

func (e *ConfigurationError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ConfigurationError) Unwrap() error { return e.Err }

// TokenFileError reports a file that does not contain a usable projected ServiceAccount token.
type TokenFileError struct {
	Audience string // that the token needs
	Problem  string // what is wrong with the token; empty: the file cannot be read
	Err      error  // why the file cannot be read

	told phrase // Problem
}

func (e *TokenFileError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return e.Problem
}

func (e *TokenFileError) phrase() phrase {
	if e.Err != nil {
		return say("the file with the ServiceAccount token cannot be read")
	}
	return e.told
}

// Unwrap returns why the file cannot be read.
func (e *TokenFileError) Unwrap() error { return e.Err }

// EndingCertificateError reports that a certificate of Vault's chain expires soon.
type EndingCertificateError struct {
	Subject string
	Day     string        // its last day, YYYY-MM-DD
	Left    time.Duration // until its end
}

func (e *EndingCertificateError) Error() string { return e.phrase().String() }

func (e *EndingCertificateError) phrase() phrase {
	return say("%s ends in %s", name{aSubject, e.Subject}, word(days(e.Left)))
}

// KeyUsageError reports an issuer's certificate without the key usage that allows it to sign certificates.
type KeyUsageError struct {
	Issuer string
	KeyID  []byte // identifier of the issuer's key; empty: not known
	Err    error  // why the chain is not accepted; nil: Go accepts it
}

func (e *KeyUsageError) Error() string { return e.phrase().String() }

func (e *KeyUsageError) phrase() phrase {
	issuer := name{aSubject, e.Issuer}
	if e.Err != nil {
		return say("%v: the certificate of %s has a keyUsage without keyCertSign", e.Err, issuer)
	}
	return say("%s has no keyUsage keyCertSign, which RFC 5280 requires of an issuer: Go accepts that, strict "+
		"clients do not (OpenSSL with x509_strict, Python from 3.13 on)", issuer)
}

// Unwrap returns why the chain is not accepted.
func (e *KeyUsageError) Unwrap() error { return e.Err }

// LongTokenError reports a role whose Vault tokens are valid for a long time.
type LongTokenError struct{ AuthMount, Role string }

func (e *LongTokenError) Error() string { return e.phrase().String() }

func (e *LongTokenError) phrase() phrase { return say("the Vault token should live for seconds") }

// DefaultPolicyError reports a role whose Vault tokens have the default policy.
type DefaultPolicyError struct{ AuthMount, Role string }

func (e *DefaultPolicyError) Error() string { return e.phrase().String() }

func (e *DefaultPolicyError) phrase() phrase {
	return say("the default policy gives it rights that it does not need")
}

// PolicyError reports that the policies of the Vault token do not allow what the part needs.
type PolicyError struct {
	Path, Capability string
	Policies         []string // of the token
	Consequence      string   // of the missing right, without names; empty: the right is necessary
}

func (e *PolicyError) Error() string { return e.phrase().String() }

func (e *PolicyError) phrase() phrase {
	if e.Consequence != "" {
		return say("%s", word(e.Consequence))
	}
	return say("no %q on %s: %v", word(e.Capability), vaultPath(e.Path), transit.ErrDenied)
}

// Unwrap returns transit.ErrDenied.
func (e *PolicyError) Unwrap() error { return transit.ErrDenied }

// ExcessError reports that the policies of a rotator's Vault token allow more than it needs.
type ExcessError struct {
	Paths    []string // that it may update
	Policies []string // of the token
}

func (e *ExcessError) Error() string { return e.phrase().String() }

func (e *ExcessError) phrase() phrase {
	text := say("%s", vaultPath(e.Paths[0]))
	for _, path := range e.Paths[1:] {
		text = say("%s and %s", text, vaultPath(path))
	}
	return say(`it has "update" on %s`, text)
}

// UnderivedKeyError reports a transit key that does not bind entries to their place.
type UnderivedKeyError struct{ Key transit.Key }

func (e *UnderivedKeyError) Error() string { return e.phrase().String() }

func (e *UnderivedKeyError) phrase() phrase {
	return say("it is not derived, so a ciphertext opens wherever it is copied to")
}

// OldVersionError reports that the latest version of a transit key is old.
type OldVersionError struct {
	Key transit.Key
	Age time.Duration
}

func (e *OldVersionError) Error() string { return e.phrase().String() }

func (e *OldVersionError) phrase() phrase {
	return say("its latest version is %s old", word(days(e.Age)))
}

// SealedError reports that Vault is sealed.
type SealedError struct{ Version string }

func (e *SealedError) Error() string { return e.phrase().String() }

func (e *SealedError) phrase() phrase {
	return say("vault %s: %v", number(e.Version), transit.ErrSealed)
}

// Unwrap returns transit.ErrSealed.
func (e *SealedError) Unwrap() error { return transit.ErrSealed }

// RoundTripError reports that random bytes could not be sealed or opened.
type RoundTripError struct {
	Step string // "seal" or "open"
	Err  error
}

func (e *RoundTripError) Error() string { return e.phrase().String() }

func (e *RoundTripError) phrase() phrase { return say("%s: %v", word(e.Step), e.Err) }

// Unwrap returns what Vault answered.
func (e *RoundTripError) Unwrap() error { return e.Err }
