package vaultseal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/pkg/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The errors that callers test for, with errors.Is. Those of Vault are
// transit's own; a denial by Kubernetes and one by Vault are both ErrDenied.
var (
	// ErrNotFound: the Secret, or the entry, does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the Secret was changed by someone else since it was read.
	ErrConflict = errors.New("changed by someone else since it was read")
	// ErrNotSealed: the Secret, or one of its entries, is not sealed.
	ErrNotSealed = errors.New("not sealed")
	// ErrNoTransitKey: neither the Secret nor the configuration names a transit key.
	ErrNoTransitKey = errors.New("no transit key is named, neither by an annotation nor by the configuration")
	// ErrKubernetesUnreachable: the API server could not be reached.
	ErrKubernetesUnreachable = errors.New("the Kubernetes API server cannot be reached")

	// ErrKubernetesUnavailable: the API server answers that it cannot serve now.
	ErrKubernetesUnavailable = errors.New("the Kubernetes API server cannot serve now")
	// ErrAccountNotFound: the ServiceAccount whose token is traded for a Vault token does not exist.
	ErrAccountNotFound = errors.New("the ServiceAccount does not exist")

	// ErrDenied: Kubernetes or Vault refuses the operation.
	ErrDenied = transit.ErrDenied
	// ErrUnauthenticated: Kubernetes or Vault does not accept the credential.
	ErrUnauthenticated = transit.ErrUnauthenticated
	// ErrTampered: a ciphertext does not authenticate, or is bound to another place.
	ErrTampered = transit.ErrTampered
	// ErrVersionRetired: a ciphertext is older than the key's min_decryption_version.
	ErrVersionRetired = transit.ErrVersionRetired
	// ErrVaultSealed: Vault is sealed or not initialised.
	ErrVaultSealed = transit.ErrSealed
	// ErrKeyNotFound: the transit key does not exist.
	ErrKeyNotFound = transit.ErrKeyNotFound
	// ErrVaultUnreachable: Vault could not be reached.
	ErrVaultUnreachable = transit.ErrUnreachable
	// ErrVersionTooNew: a ciphertext says a version that the key does not have.
	ErrVersionTooNew = transit.ErrVersionTooNew
	// ErrContextRequired: the key is a derived one, and the Secret does not say what its entries are bound to.
	ErrContextRequired = transit.ErrContextRequired
	// ErrRateLimited: Vault's quota refuses the request, also after waiting.
	ErrRateLimited = transit.ErrRateLimited
	// ErrClosed: the Client or Reader was closed.
	ErrClosed = transit.ErrClosed
)

// KeyMismatchError says that a Secret is annotated with another transit key
// than the one asked for.
type KeyMismatchError struct {
	Namespace, Name   string // of the Secret
	Annotated, Wanted transit.Key
}

func (e *KeyMismatchError) Error() string {
	return fmt.Sprintf("its annotation says transit key %s, not %s", e.Annotated, e.Wanted)
}

// AccountError says that no token could be had for a ServiceAccount.
type AccountError struct {
	Account config.Account
	err     error
}

func (e *AccountError) Error() string {
	return fmt.Sprintf("create a token for ServiceAccount %s: %v", e.Account, e.err)
}

func (e *AccountError) Unwrap() error { return e.err }

// EntryNotFoundError says that a Secret has no such entry. It is ErrNotFound.
type EntryNotFoundError struct {
	Entry   string
	Entries []string // that it has
}

func (e *EntryNotFoundError) Error() string { return fmt.Sprintf("entry %q: %v", e.Entry, ErrNotFound) }
func (e *EntryNotFoundError) Unwrap() error { return ErrNotFound }

// kindError gives an error of Kubernetes a kind that callers can test for,
// and keeps its text.
type kindError struct {
	kind, err error
}

func (e *kindError) Error() string   { return e.err.Error() }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.err} }

// KubernetesError gives an error of the API server the kind that callers test for.
func KubernetesError(err error) error {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return nil
	case apierrors.IsNotFound(err):
		return &kindError{ErrNotFound, err}
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return &kindError{ErrConflict, err}
	case apierrors.IsForbidden(err) && !noRoom(err):
		return &kindError{ErrDenied, err}
	case apierrors.IsUnauthorized(err):
		return &kindError{ErrUnauthenticated, err}
	case errors.As(err, &status) && unavailable(status.Status().Code):
		return &kindError{ErrKubernetesUnavailable, err}
	case !errors.As(err, &status) && !errors.Is(err, context.Canceled):
		if credential := credentialError(err); credential != nil {
			return credential
		}
		return &kindError{ErrKubernetesUnreachable, err}
	}
	return err
}

// noRoom tells that the API server refuses a write, with the code of a denial, because of the namespace's state: it is
// being deleted, or its quota is used up.
func noRoom(err error) bool {
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) ||
		strings.Contains(err.Error(), "exceeded quota: ") || strings.Contains(err.Error(), "status unknown for quota: ")
}

// unavailable tells whether a status code says that the same request may be served at another time.
func unavailable(code int32) bool {
	return code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
}

// fatal tells whether an error would meet every other Secret too, so that
// going on is of no use.
func fatal(err error) bool {
	var own *keyError
	if errors.As(err, &own) {
		return false
	}
	for _, kind := range []error{ErrUnauthenticated, ErrVaultSealed, ErrVaultUnreachable, ErrKubernetesUnreachable, transit.ErrClosed} {
		if errors.Is(err, kind) {
			return true
		}
	}
	var account *AccountError
	var audience *TokenAudienceError
	var certificate *transit.CertificateError
	return interrupted(err) || errors.As(err, &account) || errors.As(err, &audience) || errors.As(err, &certificate)
}

func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// oneLine joins errors without line breaks, so that a message stays a line. Nil
// ones do not count.
func oneLine(errs []error) error {
	var all error
	for _, err := range errs {
		switch {
		case err == nil:
		case all == nil:
			all = err
		default:
			all = fmt.Errorf("%w; %w", all, err)
		}
	}
	return all
}

// ScopeError says that a Secret's entries are bound to less than is accepted of what is opened.
type ScopeError struct {
	Scope, Least sealed.Scope
	// NotDerived is the Secret's transit key where that key is not derived: then the annotation says Scope, and Vault has
	// bound nothing. Zero: the annotation itself says too little.
	NotDerived transit.Key
}

func (e *ScopeError) Error() string {
	if !e.NotDerived.IsZero() {
		return fmt.Sprintf("its annotation says scope %s, but transit key %s is not derived, so its entries are bound to nothing: they may have been copied here", e.Scope, e.NotDerived)
	}
	return fmt.Sprintf("its entries are %s, and only what is %s is accepted: they may have been copied here", e.Scope, e.Least)
}
