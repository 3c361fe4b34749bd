package engine

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// keyError is a failure of Vault's that is about one transit key alone, although others like it are about Vault as
// a whole.
type keyError struct{ err error }

func (e *keyError) Error() string { return e.err.Error() }
func (e *keyError) Unwrap() error { return e.err }

// ofKey tells a failure that is about one transit key alone from one that would meet every other key: a server
// answered that it cannot do this, and Vault serves.
func ofKey(ctx context.Context, v vault, err error) error {
	if !fatal(err) || !transit.Answered(err) || v.Serving(ctx) != nil {
		return err
	}
	return &keyError{err}
}
