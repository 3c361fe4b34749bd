package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

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
// change is not written. When another client writes the Secret at the same time, Set reads it again and goes on, as long
// as the entry is unchanged; else the error is a *TouchedError.
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
	result := &CreateResult{Secret: live}
	if !value.changed {
		result.Unchanged = true
		return result, nil
	}
	e := entryUpdate{live: live, before: before, unproven: value.unopened}
	if value.text == nil {
		e.drop = []string{request.Entry}
	} else {
		e.seal = map[string][]byte{request.Entry: value.text}
	}
	made, err := c.updateEntries(ctx, v, e, request.ReadBack, result)
	if err != nil {
		return nil, err
	}
	if result.Secret, err = c.write(ctx, made, request.DryRun); err != nil {
		return nil, err
	}
	return result, nil
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

// entryUpdate is what becomes of entries of a sealed Secret; the others stay as they are.
type entryUpdate struct {
	live   *corev1.Secret
	before sealed.Secret
	seal   map[string][]byte
	drop   []string
	// unproven: the entry to replace was not opened. Then the annotation, which anyone who may edit the Secret can write,
	// is all that tells its scope.
	unproven bool
}

// updateEntries is the write of an update, proven as far as was asked for.
func (c *Client) updateEntries(ctx context.Context, v vault, e entryUpdate, readBack bool, result *CreateResult) (Change, error) {
	c.warnManaged(result, e.live)
	if len(e.seal) == 0 {
		result.TransitKey = e.before.Key
		return Change{Live: e.live, As: e.before, Drop: e.drop}, nil
	}
	s := sealing{
		plan:    plan{live: e.live, before: e.before, seal: e.seal, drop: e.drop},
		request: CreateRequest{Namespace: e.live.Namespace, Name: e.live.Name, ReadBack: readBack},
		result:  result,
	}
	if !e.unproven {
		s.request.Scope = e.before.Scope // a Secret's only entry keeps its scope, as one does that others stand beside
	}
	s.plan.keep = slices.DeleteFunc(slices.Clone(e.before.Entries), func(entry sealed.Entry) bool {
		_, sealedAnew := e.seal[entry.Name]
		return sealedAnew || slices.Contains(e.drop, entry.Name)
	})
	if err := s.plan.checkSize(); err != nil {
		return Change{}, err
	}
	after, ciphertexts, err := c.seal(ctx, v, s)
	if err != nil {
		return Change{}, fmt.Errorf("seal secret %s/%s: %w", e.live.Namespace, e.live.Name, err)
	}
	return Change{Live: e.live, As: after, Set: ciphertexts, Drop: e.drop}, nil
}
