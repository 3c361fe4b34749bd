package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// brokenError says that a Secret cannot be rewrapped because of its content. No server or permission is the cause, and
// running again does not help. Everyone who may edit a Secret can break it.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// ErrNoneOpens says that no Secret in view opens with its transit key.
var ErrNoneOpens = errors.New("no Secret in view opens with its transit key")

// classify makes a failure that the Secret itself causes a *brokenError.
func (r *rotation) classify(t *task, err error) error {
	var annotation *sealed.AnnotationError
	var other *OtherKeyError
	_, left := err.(skip) //nolint:errorlint // skips are never wrapped
	switch {
	case err == nil, left:
		return err
	case errors.As(err, &annotation), errors.As(err, &other) && other.Of != "", r.refusedUntrustedKey(t):
		return &brokenError{err}
	}
	return err
}

// refusedUntrustedKey reports whether Vault refuses the key of a Secret, and others can have chosen this key: by an
// annotation, or, if each namespace has a key, by creating a namespace.
func (r *rotation) refusedUntrustedKey(t *task) bool {
	if t.state == nil {
		return false
	}
	refused := t.vaultError()
	var unsuitable *transit.UnsuitableKeyError
	missing := errors.Is(refused, transit.ErrKeyNotFound) || errors.As(refused, &unsuitable)
	if !r.owns(t.state.key, t.live.Namespace) {
		return missing || r.wholeLists() && r.client.refusedKey(t, refused)
	}
	everywhere := r.wholeLists() && len(r.request.Namespaces) == 0
	return everywhere && r.client.keys.PerNamespace() && (missing || errors.Is(refused, transit.ErrDenied))
}

// wholeLists reports whether the Secrets come from lists of the cluster, and are neither named nor in files.
func (r *rotation) wholeLists() bool { return !r.client.named(r.request.Selection) }

// refusedKey reports whether Vault refuses the key permanently.
func (c *Client) refusedKey(t *task, refused error) bool {
	var passing *keyError
	return errors.Is(refused, transit.ErrDenied) ||
		//nolint:errorlint // the key's own error
		t.err != nil && t.err == t.state.errIn(t.live.Namespace) && !errors.As(refused, &passing)
}

// maxFailedEntries is the maximum number of failed entries of a Secret that are named. It may have thousands.
const maxFailedEntries = 10

// entryFailures are the failures of a Secret's entries.
type entryFailures struct {
	first   []error // maxFailedEntries of all
	all     int
	foreign *OtherKeyError // the same for each entry
	passing bool           // one of them is not caused by the Secret
}

// add adds Vault's error about an entry.
func (f *entryFailures) add(c *Client, t *task, entry string, said error) {
	f.all++
	f.passing = f.passing || !unauthentic(said) && !errors.Is(said, transit.ErrVersionRetired)
	if len(f.first) == maxFailedEntries {
		return
	}
	err := c.explain(t.keyed(), entryError("rewrap", t.secret, entry, said), t.origin)
	var other *OtherKeyError
	if errors.As(err, &other) && other.Of != "" && f.foreign == nil {
		f.foreign = other
	}
	f.first = append(f.first, err)
}

// err joins them. It is a *brokenError if the Secret causes all of them.
func (f *entryFailures) err() error {
	if f.foreign != nil || f.all == 0 {
		return asError(f.foreign)
	}
	err := oneLine(f.first)
	if more := f.all - len(f.first); more > 0 {
		err = fmt.Errorf("%w; and %d more entries", err, more)
	}
	if f.passing {
		return err
	}
	return &brokenError{err}
}

func asError(e *OtherKeyError) error {
	if e == nil {
		return nil
	}
	return e
}
