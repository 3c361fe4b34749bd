package engine

import (
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// ConfiguredKeyError says that the configured transit key was not rotated. Secrets of other keys are done.
type ConfiguredKeyError struct {
	Key transit.Key
	Err error
}

func (e *ConfiguredKeyError) Error() string { return e.Err.Error() }

// Unwrap returns why.
func (e *ConfiguredKeyError) Unwrap() error { return e.Err }

// resumeFrom is the time from which a later rotation treats a key's latest version as new: the versions of this run are
// not older, and those of keys that it did not reach are not younger. before is the time that this run was given.
func (r *rotationRecord) resumeFrom(before time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	from := before
	for state := range r.rows {
		if !state.since.IsZero() && (from.IsZero() || state.since.Before(from)) {
			from = state.since
		}
	}
	if from.IsZero() || r.report.DryRun {
		return ""
	}
	return from.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// requiredFailure is why the configured key could not be prepared, if no failure of a Secret says it.
func (r *rotationRecord) requiredFailure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for state, row := range r.rows {
		if state.required && state.err != nil && row.Secrets.Failed == 0 {
			return &ConfiguredKeyError{Key: state.key, Err: state.err}
		}
	}
	return nil
}
