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
	// Value gives the new plaintext. Old is nil where there is no such entry, or where the Vault role may not
	// open it and NeedsOld is not set. A nil result removes the entry. It is called again, with the same old plaintext,
	// when another client has written other entries meanwhile.
	Value    func(old []byte) ([]byte, error)
	NeedsOld bool
	ReadBack bool // open the new ciphertext and compare, before the write
	DryRun   DryRun
}

// ErrLastEntry says that the entry cannot be removed: a sealed Secret without entries would be none.
var ErrLastEntry = errors.New("it is the Secret's last entry: delete the Secret")

// Set changes one entry, in one conditional write; the others stay as they are, ciphertext included. What would not
// change is not written. When another client writes the Secret at the same time, Set reads it again and goes on, as
// long as the entry is unchanged; else the error is a *TouchedError.
func (c *Client) Set(ctx context.Context, request SetRequest) (result *CreateResult, err error) {
	mine := claimOf([]string{request.Entry}, Metadata{})
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
		return &CreateResult{Secret: live, Unchanged: true}, nil
	}
	e := entryUpdate{
		live: live, before: before, unproven: value.unopened, readBack: request.ReadBack, dryRun: request.DryRun,
	}
	if value.text == nil {
		e.drop = []string{request.Entry}
	} else {
		e.seal = map[string][]byte{request.Entry: value.text}
	}
	return c.writeUpdate(ctx, v, e)
}

// newValue is what an entry is to hold.
type newValue struct {
	text     []byte // nil: the entry goes
	changed  bool   // it differs from what the entry holds, or may
	unopened bool   // there is an entry, which the Vault role may not open
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
		return newValue{}, fmt.Errorf("secret %s/%s: %w", before.Namespace, before.Name, &EntryNotFoundError{Entry: request.Entry, Entries: before.Names()})
	}
	if value == nil && len(before.Entries) == 1 {
		return newValue{}, fmt.Errorf("secret %s/%s entry %q: %w", before.Namespace, before.Name, request.Entry, ErrLastEntry)
	}
	return newValue{value, unopened || !found || value == nil || !bytes.Equal(old, value), unopened}, nil
}
