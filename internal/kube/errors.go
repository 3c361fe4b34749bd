package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Errors that callers test for with errors.Is. A denial by Kubernetes or Vault is transit.ErrDenied, and a refused
// credential is transit.ErrUnauthenticated.
var (
	// ErrNotFound: the object does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the object was changed by someone else since it was read.
	ErrConflict = errors.New("changed by someone else since it was read")
	// ErrUnreachable: the API server could not be reached.
	ErrUnreachable = errors.New("the Kubernetes API server cannot be reached")
	// ErrUnavailable: the API server answered that it cannot serve now.
	ErrUnavailable = errors.New("the Kubernetes API server cannot serve now")
	// ErrAccountNotFound: the ServiceAccount whose token is exchanged for a Vault token does not exist.
	ErrAccountNotFound = errors.New("the ServiceAccount does not exist")
)

// AccountError reports that no token of a ServiceAccount could be requested.
type AccountError struct {
	Account config.Account
	Err     error // the API server's
}

func (e *AccountError) Error() string {
	return fmt.Sprintf("create a token for ServiceAccount %s: %v", e.Account, e.Err)
}

// Unwrap returns the API server's error.
func (e *AccountError) Unwrap() error { return e.Err }

// kindError adds a kind that callers can test for to an error of Kubernetes, and keeps its text.
type kindError struct {
	kind, err error
}

func (e *kindError) Error() string   { return e.err.Error() }
func (e *kindError) Unwrap() []error { return []error{e.kind, e.err} }

// Classify adds the kind that callers test for to an error of the API server.
func Classify(err error) error {
	var status apierrors.APIStatus
	switch {
	case err == nil:
		return nil
	case apierrors.IsNotFound(err):
		return &kindError{ErrNotFound, err}
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return &kindError{ErrConflict, err}
	case apierrors.IsForbidden(err) && !noRoom(err):
		return &kindError{transit.ErrDenied, err}
	case apierrors.IsUnauthorized(err):
		return &kindError{transit.ErrUnauthenticated, err}
	case errors.As(err, &status) && unavailable(status.Status().Code):
		return &kindError{ErrUnavailable, err}
	case !errors.As(err, &status) && !errors.Is(err, context.Canceled):
		if credential := credentialError(err); credential != nil {
			return credential
		}
		return &kindError{ErrUnreachable, err}
	}
	return err
}

// noRoom reports whether the API server refuses a write, with the code of a denial, because the namespace is being
// deleted or its quota is used up.
func noRoom(err error) bool {
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) ||
		strings.Contains(err.Error(), "exceeded quota: ") || strings.Contains(err.Error(), "status unknown for quota: ")
}

// unavailable reports whether the same request may succeed later, by its status code.
func unavailable(code int32) bool {
	return code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
}
