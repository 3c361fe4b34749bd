package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// SetRequest changes one entry of a sealed Secret.
type SetRequest struct {
	Namespace, Name, Entry string
	// Value returns the new plaintext; nil removes the entry. old is nil if the entry does not exist, or if the Vault
	// role may not open it and NeedsOld is not set. Value is called again, with the same old plaintext, if another
	// client has written other entries in between.
	Value    func(old []byte) ([]byte, error)
	NeedsOld bool
	// KeepsSealedAt reports whether the new plaintext has no new credential, so that the Secret is not younger with it.
	KeepsSealedAt bool
	Expires       sealed.Expiry
	ReadBack      bool // open the new ciphertext and compare before the write
	DryRun        DryRun
}

// ErrLastEntry says that the entry cannot be removed, because a Secret without entries is not sealed.
var ErrLastEntry = errors.New("it is the Secret's last entry")

// Set changes one entry, in one conditional write. Other entries keep their ciphertext. Set does not write an unchanged
// value. If another client writes the Secret at the same time, Set reads it again and continues, unless that client
// changed the same entry: then the error is a *TouchedError.
func (c *Client) Set(ctx context.Context, request SetRequest) (result *CreateResult, err error) {
	mine := claimOf([]string{request.Entry}, Metadata{}).expiry(request.Expires)
	err = c.retryOnConflict(ctx, writeRetries(), func(ctx context.Context) error {
		result, err = c.setOnce(ctx, request, mine)
		return err
	})
	return result, err
}

// setOnce is one attempt.
func (c *Client) setOnce(ctx context.Context, request SetRequest, mine *claim) (*CreateResult, error) {
	v := c.vault(request.Namespace)
	live, before, err := c.changeable(ctx, v, request.Namespace, request.Name, c.keyToSeal)
	if err == nil {
		err = mine.check(ctx, v, live, before)
	}
	if err != nil {
		return nil, err
	}
	value, err := c.newValue(ctx, v, before, request)
	if err != nil {
		return nil, err
	}
	if !value.changed {
		return c.annotate(ctx, live, request.Expires, request.DryRun)
	}
	e := entryUpdate{
		live: live, before: before, unproven: value.unopened, readBack: request.ReadBack, dryRun: request.DryRun,
		age: sealed.AgeChange{Expires: request.Expires},
	}
	if value.text == nil {
		e.drop = []string{request.Entry}
	} else {
		e.seal = map[string][]byte{request.Entry: value.text}
	}
	if value.text != nil && !request.KeepsSealedAt {
		e.age.SealedAt = c.now()
	}
	return c.writeUpdate(ctx, v, e)
}

// newValue is the new value of an entry.
type newValue struct {
	text     []byte // nil: the entry is removed
	changed  bool   // it may differ from the old value
	unopened bool   // the Vault role may not open the existing entry
}

// newValue asks for the entry's new plaintext.
func (c *Client) newValue(ctx context.Context, v vault, before sealed.Secret, request SetRequest) (newValue, error) {
	entry, found := before.Entry(request.Entry)
	var old []byte
	unopened := false
	if found {
		opened, err := c.openEntries(ctx, v, before, []sealed.Entry{entry})
		if err != nil && (request.NeedsOld || !errors.Is(err, transit.ErrDenied)) {
			return newValue{}, err
		}
		old, unopened = opened[request.Entry], err != nil
		if !unopened && old == nil {
			old = []byte{}
		}
	}
	value, err := request.Value(old)
	if err != nil {
		return newValue{}, fmt.Errorf("secret %s/%s entry %q: %w", before.Namespace, before.Name, request.Entry, err)
	}
	if !found && value == nil {
		return newValue{}, fmt.Errorf("secret %s/%s: %w",
			before.Namespace, before.Name, &EntryNotFoundError{Entry: request.Entry, Entries: before.Names()})
	}
	if value == nil && len(before.Entries) == 1 {
		return newValue{}, fmt.Errorf("secret %s/%s entry %q: %w", before.Namespace, before.Name, request.Entry,
			ErrLastEntry)
	}
	return newValue{value, unopened || !found || value == nil || !bytes.Equal(old, value), unopened}, nil
}
