package vaultseal

import (
	"errors"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// brokenError says that a Secret cannot be rewrapped because of what is in it. No server and no right is at fault, and
// running again does not help; everyone who may edit a Secret can make one such.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// ErrNoneOpens says that no Secret in view opens with its transit key.
var ErrNoneOpens = errors.New("no Secret in view opens with its transit key")

// judged tells a failure that is the Secret's own from others, as a *brokenError.
func (r *rotation) judged(w *work, err error) error {
	var annotation *sealed.AnnotationError
	var other *OtherKeyError
	var unsuitable *transit.UnsuitableKeyError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &annotation), errors.As(err, &other) && other.Of != "":
		return &brokenError{err}
	case w.state != nil && !r.owns(w.state.key, w.live.Namespace) && (errors.Is(err, ErrKeyNotFound) || errors.As(err, &unsuitable)):
		return &brokenError{err} // only its annotation names that key
	}
	return err
}

// entryFailures are the failures of a Secret's entries as one: broken where all of them are.
func entryFailures(failures []error) error {
	var other *OtherKeyError
	for _, err := range failures {
		if errors.As(err, &other) && other.Of != "" {
			return other // it says the same of each entry
		}
	}
	all := oneLine(failures)
	if !slices.ContainsFunc(failures, func(err error) bool { return !unauthentic(err) && !errors.Is(err, ErrVersionRetired) }) {
		return &brokenError{all}
	}
	return all
}
