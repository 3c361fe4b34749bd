package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// brokenError says that a Secret cannot be rewrapped because of what is in it. No server and no right is at fault, and
// running again does not help; everyone who may edit a Secret can make one such.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// ErrNoneOpens says that no Secret in view opens with its transit key.
var ErrNoneOpens = errors.New("no Secret in view opens with its transit key")

// classify tells a failure that is the Secret's own from others, as a *brokenError.
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

// refusedUntrustedKey tells that Vault refuses the key of a Secret, and that everyone who may write a Secret can have
// named it: by an annotation, or by a namespace, which they may have created, where each namespace has a key of its
// own.
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

// wholeLists tells that Secrets were listed in the cluster, and neither named nor given in files.
func (r *rotation) wholeLists() bool { return !r.client.named(r.request.Selection) }

// refusedKey tells that Vault has refused to use the key at all, and not for a reason that may pass.
func (c *Client) refusedKey(t *task, refused error) bool {
	var passing *keyError
	return errors.Is(refused, transit.ErrDenied) ||
		t.err != nil && t.err == t.state.errIn(t.live.Namespace) && !errors.As(refused, &passing) //nolint:errorlint // the key's own error
}

// maxFailedEntries is how many failed entries of a Secret are named. It may have thousands.
const maxFailedEntries = 10

// entryFailures are the failures of a Secret's entries.
type entryFailures struct {
	first   []error // maxFailedEntries of all
	all     int
	foreign *OtherKeyError // says the same of each entry
	passing bool           // one of them is not about what is in the Secret
}

// add adds what Vault has said against an entry.
func (f *entryFailures) add(c *Client, t *task, entry string, said error) {
	f.all++
	f.passing = f.passing || !unauthentic(said) && !errors.Is(said, transit.ErrVersionRetired)
	if len(f.first) == maxFailedEntries {
		return
	}
	err := c.explain(t.keyed(), entryError("rewrap", t.secret, entry, said))
	var other *OtherKeyError
	if errors.As(err, &other) && other.Of != "" && f.foreign == nil {
		f.foreign = other
	}
	f.first = append(f.first, err)
}

// err is all of them as one: broken where no server and no right is at fault.
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
