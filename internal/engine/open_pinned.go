package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// UnprovenScopeError says that the caller relies on a scope which Vault does not enforce, because the transit key is
// not derived.
type UnprovenScopeError struct {
	Scope sealed.Scope
	Key   transit.Key
}

func (e *UnprovenScopeError) Error() string {
	return fmt.Sprintf("scope %s is required, but transit key %s is not derived, so its entries are bound to nothing: "+
		"they may have been copied here", e.Scope, e.Key)
}

// OpenPinned opens the entries of Secrets of one namespace, and returns the plaintexts of each Secret by data key. It
// opens all of them or none. The transit key and the scope are the caller's: no annotation decides anything.
//
// Each key has one batch, in which Vault also proves that the key is derived, unless all its Secrets are Unbound: a key
// that is not derived is an *UnprovenScopeError.
func (c *Client) OpenPinned(ctx context.Context, secrets []sealed.Secret) ([]map[string][]byte, error) {
	opened := make([]map[string][]byte, len(secrets))
	var keys []transit.Key
	byKey := map[transit.Key][]pinnedEntry{}
	for i, secret := range secrets {
		if err := allSealed(secret, secret.Entries); err != nil {
			return nil, err
		}
		opened[i] = make(map[string][]byte, len(secret.Entries))
		for _, entry := range secret.Entries {
			if len(byKey[secret.Key]) == 0 {
				keys = append(keys, secret.Key)
			}
			byKey[secret.Key] = append(byKey[secret.Key], pinnedEntry{secret, entry, opened[i]})
		}
	}
	for _, key := range keys {
		if err := c.openPinned(ctx, key, byKey[key]); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// pinnedEntry is an entry to open, and where its plaintext goes.
type pinnedEntry struct {
	secret sealed.Secret
	entry  sealed.Entry
	opened map[string][]byte
}

// openPinned opens entries of one key.
func (c *Client) openPinned(ctx context.Context, key transit.Key, entries []pinnedEntry) error {
	proof, items := pinnedItems(entries, c.derived.has(key))
	results, err := c.vault(entries[0].secret.Namespace).Decrypt(ctx, key, items)
	if err != nil {
		return fmt.Errorf("open secret %s: %w", pinnedNames(entries), err)
	}
	var decoy error
	if proof {
		decoy, results = results[0].Err, results[1:]
	}
	for i, e := range entries {
		if err := results[i].Err; err != nil {
			return explainMoved(e.secret, entryError("open", e.secret, e.entry.Name, err), sealed.Place{})
		}
	}
	if proof {
		bound := entries[0].secret
		derived, err := derivedBy(key, decoy)
		if err == nil && !derived {
			err = &UnprovenScopeError{Scope: bound.Scope, Key: key}
		}
		if err != nil {
			return fmt.Errorf("open secret %s/%s: %w", bound.Namespace, bound.Name, err)
		}
		c.derived.add(key)
	}
	for i, e := range entries {
		e.opened[e.entry.Name] = results[i].Plaintext
	}
	return nil
}

// pinnedItems returns what Vault needs to open the entries, in their order, which it changes: if a scope is to be
// proven, the shortest entry with a scope comes first, next to a decoy of it, so that both are in one request.
func pinnedItems(entries []pinnedEntry, proven bool) (proof bool, items []transit.Item) {
	shortest := -1
	for i, e := range entries {
		if e.secret.Scope != sealed.Unbound && (shortest < 0 ||
			len(e.entry.Ciphertext.String()) < len(entries[shortest].entry.Ciphertext.String())) {
			shortest = i
		}
	}
	if proof = shortest >= 0 && !proven; proof {
		entries[0], entries[shortest] = entries[shortest], entries[0]
		items = append(items, sealed.DecoyItem(entries[0].entry))
	}
	for _, e := range entries {
		items = append(items, e.secret.Item(e.entry))
	}
	return proof, items
}

// pinnedNames are the Secrets that the entries are of.
func pinnedNames(entries []pinnedEntry) string {
	var names []string
	for _, e := range entries {
		names = append(names, e.secret.Namespace+"/"+e.secret.Name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return strings.Join(slices.Compact(names), ", ")
}
