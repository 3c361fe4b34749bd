package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The scope of an annotation proves nothing: Vault ignores the context of a key that is not derived, and then a
// ciphertext opens wherever it is copied to. A decoy proves that the key is derived: an entry's ciphertext with a
// context of no scope. The key is derived if in one batch the entry opens with its own context and the decoy does not
// authenticate. If both fail, that proves nothing: garbage fails with any key.

// derivedKeys are the transit keys that are proven to be derived. A key is created as derived or not, and never
// changes.
type derivedKeys struct{ proven sync.Map } // keys are transit.Key

func (d *derivedKeys) has(key transit.Key) bool {
	_, proven := d.proven.Load(key)
	return proven
}

func (d *derivedKeys) add(key transit.Key) { d.proven.Store(key, true) }

// openProving is openEntries for a caller that relies on the Secret's scope. It returns whether the transit key is
// derived, so that Vault enforces the scope. It makes no more requests than openEntries.
func (c *Client) openProving(
	ctx context.Context, v vault, secret sealed.Secret, entries []sealed.Entry,
) (opened map[string][]byte, derived bool, err error) {
	if proven := c.derived.has(secret.Key); proven || secret.Scope == sealed.Unbound || len(entries) == 0 {
		opened, err = c.openEntries(ctx, v, secret, entries)
		return opened, proven && err == nil, err
	}
	if err := allSealed(secret, entries); err != nil {
		return nil, false, err
	}
	entries = smallestFirst(entries) // next to the decoy, so that both are in one request
	results, err := v.Decrypt(ctx, secret.Key, slices.Insert(secret.Items(entries), 0, sealed.DecoyItem(entries[0])))
	if err != nil {
		return nil, false, c.explain(secret, fmt.Errorf("open secret %s/%s: %w", secret.Namespace, secret.Name, err),
			sealed.Place{})
	}
	decoy := results[0].Err
	results[0] = transit.Result{} // a decoy that opened holds plaintext
	if opened, err = c.plaintexts(ctx, v, secret, opening{entries, results[1:]}); err != nil {
		return nil, false, err
	}
	if derived, err = derivedBy(secret.Key, decoy); err != nil {
		return nil, false, fmt.Errorf("open secret %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	if derived {
		c.derived.add(secret.Key)
	}
	return opened, derived, nil
}

// smallestFirst moves the entry with the shortest ciphertext to the front.
func smallestFirst(entries []sealed.Entry) []sealed.Entry {
	ordered := slices.Clone(entries)
	smallest := 0
	for i := range ordered {
		if len(ordered[i].Ciphertext.String()) < len(ordered[smallest].Ciphertext.String()) {
			smallest = i
		}
	}
	ordered[0], ordered[smallest] = ordered[smallest], ordered[0]
	return ordered
}

// derivedBy reports whether the key is derived, by the result of a decoy whose entry has opened.
func derivedBy(key transit.Key, decoy error) (derived bool, err error) {
	switch {
	case decoy == nil:
		return false, nil
	case errors.Is(decoy, transit.ErrUnauthentic):
		return true, nil
	}
	return false, fmt.Errorf("transit key %s cannot be proven to be derived: %w", key, decoy)
}
