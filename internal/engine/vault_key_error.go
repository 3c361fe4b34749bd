package engine

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// keyError is a failure of one transit key only. Without it, the same error is one of Vault as a whole.
type keyError struct{ err error }

func (e *keyError) Error() string { return e.err.Error() }
func (e *keyError) Unwrap() error { return e.err }

// ofKey makes an error a *keyError if it concerns one transit key only: a server answered that it cannot do this, and
// Vault is available.
func ofKey(ctx context.Context, v vault, err error) error {
	if !fatal(err) || !transit.Answered(err) || v.Serving(ctx) != nil {
		return err
	}
	return &keyError{err}
}
