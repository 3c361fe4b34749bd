package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Errors that callers test for with errors.Is. Those of Kubernetes are in internal/kube, those of Vault in pkg/transit.
var (
	// ErrNotSealed: the Secret, or one of its entries, is not sealed.
	ErrNotSealed = errors.New("not sealed")
	// ErrNoTransitKey: neither the Secret nor the configuration names a transit key.
	ErrNoTransitKey = errors.New("no transit key is named, neither by an annotation nor by the configuration")
)

// KeyMismatchError says that a Secret is annotated with another transit key than the requested one.
type KeyMismatchError struct {
	Namespace, Name   string // of the Secret
	Annotated, Wanted transit.Key
}

func (e *KeyMismatchError) Error() string {
	return fmt.Sprintf("its annotation says transit key %s, not %s", e.Annotated, e.Wanted)
}

// EntryNotFoundError says that a Secret does not have the entry. It is kube.ErrNotFound.
type EntryNotFoundError struct {
	Entry   string
	Entries []string // that it has
}

func (e *EntryNotFoundError) Error() string {
	return fmt.Sprintf("entry %q: %v", e.Entry, kube.ErrNotFound)
}
func (e *EntryNotFoundError) Unwrap() error { return kube.ErrNotFound }

// fatal reports whether an error would occur with every other Secret too, so that continuing is useless.
func fatal(err error) bool {
	var own *keyError
	if errors.As(err, &own) {
		return false
	}
	for _, kind := range []error{
		transit.ErrUnauthenticated, transit.ErrSealed, transit.ErrUnreachable, kube.ErrUnreachable, transit.ErrClosed,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	var account *kube.AccountError
	var audience *kube.TokenAudienceError
	var certificate *transit.CertificateError
	return interrupted(err) || errors.As(err, &account) || errors.As(err, &audience) || errors.As(err, &certificate)
}

func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// oneLine joins errors without line breaks. It ignores nil errors.
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

// ScopeError says that the scope of a Secret's entries is weaker than the required one.
type ScopeError struct {
	Scope, Least sealed.Scope
	// NotDerived is the Secret's transit key if it is not derived: the annotation says Scope, but Vault has bound
	// nothing. Zero: the scope of the annotation is weaker.
	NotDerived transit.Key
}

func (e *ScopeError) Error() string {
	if !e.NotDerived.IsZero() {
		return fmt.Sprintf("its annotation says scope %s, but transit key %s is not derived, "+
			"so its entries are bound to nothing: they may have been copied here", e.Scope, e.NotDerived)
	}
	return fmt.Sprintf("its entries are %s, and only what is %s is accepted: they may have been copied here",
		e.Scope, e.Least)
}
