package engine

import (
	"bytes"
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
	ciphertexts, err := encrypt(ctx, v, s.plan, after)
	if err != nil {
		return after, nil, err
	}
	if s.request.ReadBack {
		err = readBack(ctx, v, s, after, ciphertexts)
	}
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

func encrypt(ctx context.Context, v vault, p plan, after sealed.Secret) (map[string]transit.Ciphertext, error) {
	names := p.names()
	items := make([]transit.Item, len(names))
	for i, name := range names {
		items[i] = after.PlaintextItem(name, p.seal[name])
	}
	results, err := v.Encrypt(ctx, after.Key, items)
	if err != nil {
		return nil, err
	}
	ciphertexts := make(map[string]transit.Ciphertext, len(names))
	for i, result := range results {
		if result.Err != nil {
			return nil, fmt.Errorf("entry %q: %w", names[i], result.Err)
		}
		ciphertexts[names[i]] = result.Ciphertext
	}
	return ciphertexts, nil
}

// readBack opens the new ciphertexts and compares them with the input. A role that may only encrypt gets a note.
func readBack(
	ctx context.Context, v vault, s sealing, after sealed.Secret, ciphertexts map[string]transit.Ciphertext,
) error {
	names := s.plan.names()
	items := make([]transit.Item, len(names))
	for i, name := range names {
		items[i] = after.Item(sealed.Entry{Name: name, Ciphertext: ciphertexts[name]})
	}
	results, err := v.Decrypt(ctx, after.Key, items)
	if errors.Is(err, transit.ErrDenied) && !s.mustOpen {
		s.note("not read back before the write: the Vault role may not decrypt with %s", after.Key)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	for i, result := range results {
		if result.Err != nil {
			return fmt.Errorf("read back entry %q: %w", names[i], result.Err)
		}
		if !bytes.Equal(result.Plaintext, s.plan.seal[names[i]]) {
			return fmt.Errorf("read back entry %q: it opens to other bytes than were sealed", names[i])
		}
	}
	return nil
}

// proveKept checks that the entries that stay are sealed with the key and the scope of the new annotations. Everyone
// who may edit the Secret can edit its annotations, so they prove nothing.
func proveKept(ctx context.Context, v vault, p plan, after sealed.Secret) error {
	if len(p.keep) == 0 {
		return nil
	}
	results, err := v.Rewrap(ctx, after.Key, 0, after.Items(p.keep))
	if err != nil {
		return fmt.Errorf("check the entries that stay: %w", err)
	}
	for i, result := range results {
		if result.Err != nil {
			return fmt.Errorf("entry %q stays, but does not open with %s: %w", p.keep[i].Name, after.Key, result.Err)
		}
	}
	return nil
}
