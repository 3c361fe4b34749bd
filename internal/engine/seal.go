package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// sealing is a Create after it has read the existing Secret and before it writes.
type sealing struct {
	plan    plan
	request CreateRequest
	result  *CreateResult
	// mustOpen makes it an error if the role may not read back.
	mustOpen bool
	// proven are entries of the existing Secret that Vault authenticates with the key.
	proven []sealed.Entry
}

const noteUnbound = "transit key %s is not derived: " +
	"the entries are bound to nothing, and open wherever they are copied to"

func (s sealing) note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
}

// seal returns the metadata and the ciphertexts to write, with the proofs that the request asks for. It writes nothing.
func (c *Client) seal(ctx context.Context, v vault, s sealing) (sealed.Secret, map[string]transit.Ciphertext, error) {
	after := s.plan.before
	if err := c.checkLiveMetadata(s.plan); err != nil {
		return after, nil, err
	}
	key, err := c.sealingKey(ctx, v, s)
	if err != nil {
		return after, nil, err
	}
	after.Key, s.result.TransitKey = key.Key, key.Key
	if after.Scope, err = s.plan.scope(s.request.Scope, key); err != nil {
		return after, nil, err
	}
	if after.Scope == sealed.Unbound {
		s.note(noteUnbound, key.Key)
	}
	if was := s.plan.before.Scope; s.plan.live != nil && was != sealed.Unbound && was != after.Scope {
		s.note("sealed with scope %s; its annotation said %s", after.Scope, was)
	}
	if err := proveKept(ctx, v, s.plan, after); err != nil {
		return after, nil, err
	}
	ciphertexts, err := s.encrypt(ctx, v, after)
	if len(s.plan.adopts) > 0 {
		s.result.Warnings = append(s.result.Warnings, fmt.Sprintf(
			"etcd's history and backups still hold the old plaintext of %s: change the credential",
			strings.Join(s.plan.adopts, ", ")))
	}
	return after, ciphertexts, err
}

// sealingKey is the configured key. A Secret that is annotated with another key is sealed with the pinned one, if none
// of its entries stays.
func (c *Client) sealingKey(ctx context.Context, v vault, s sealing) (transit.KeyInfo, error) {
	key, err := c.keyToSeal(s.plan.before)
	var mismatch *KeyMismatchError
	if errors.As(err, &mismatch) && len(s.plan.keep) == 0 {
		key, err = mismatch.Wanted, nil
		s.note("sealed with transit key %s; its annotation said %s", key, mismatch.Annotated)
	}
	if err != nil {
		return transit.KeyInfo{}, err
	}
	info, err := v.Key(ctx, key)
	if err != nil {
		return info, err
	}
	return info, info.CheckSealing()
}

// encrypt seals the entries, and reads them back if the request asks for it. A role that may only encrypt gets a note.
func (s sealing) encrypt(ctx context.Context, v vault, after sealed.Secret) (map[string]transit.Ciphertext, error) {
	b := sealBatch{vault: v, key: after.Key}
	ciphertexts := map[string]transit.Ciphertext{}
	for _, name := range s.plan.names() {
		b.entries = append(b.entries, &batchEntry{
			Entry: sealed.Entry{Name: name}, secret: after, plain: s.plan.seal[name], set: ciphertexts,
			failed: func(verb string, err error) error {
				if verb == "seal" {
					return fmt.Errorf("entry %q: %w", name, err)
				}
				return fmt.Errorf("%s entry %q: %w", verb, name, err)
			},
		})
	}
	err := b.encrypt(ctx)
	if err == nil && s.request.ReadBack {
		err = b.readBack(ctx)
		if errors.Is(err, transit.ErrDenied) && !s.mustOpen {
			s.note("not read back before the write: the Vault role may not decrypt with %s", after.Key)
			err = nil
		}
	}
	return ciphertexts, err
}

// proveKept checks the entries that stay.
func proveKept(ctx context.Context, v vault, p plan, after sealed.Secret) error {
	b := sealBatch{vault: v, key: after.Key}
	for _, entry := range p.keep {
		b.entries = append(b.entries, &batchEntry{Entry: entry, secret: after, failed: func(_ string, err error) error {
			return fmt.Errorf("entry %q stays, but does not open with %s: %w", entry.Name, after.Key, err)
		}})
	}
	return b.prove(ctx)
}
