package engine

import (
	"context"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// OpenedEntry is an entry that was opened, or why it does not open.
type OpenedEntry struct {
	Plaintext []byte
	Err       error
}

// OpenEach opens the entries of Secrets, each by itself, in the order of the Secrets and their entries. Each key has
// one batch. The key is the one that each Secret names, else the configured one, also if a key is pinned: the texts of
// a merge may have several.
func (c *Client) OpenEach(ctx context.Context, secrets []sealed.Secret) [][]OpenedEntry {
	opened := make([][]OpenedEntry, len(secrets))
	var batches []batchKey
	byBatch := map[batchKey][]eachEntry{}
	for i, secret := range secrets {
		opened[i] = make([]OpenedEntry, len(secret.Entries))
		key, err := c.namedKey(secret)
		secret.Key = key
		for n, entry := range secret.Entries {
			at := eachEntry{secret, entry, &opened[i][n]}
			if err != nil || !entry.Sealed() {
				at.fail(orNotSealed(err))
				continue
			}
			batch := batchKey{c.vault(secret.Namespace), key, secret.Scope == sealed.Unbound}
			if len(byBatch[batch]) == 0 {
				batches = append(batches, batch)
			}
			byBatch[batch] = append(byBatch[batch], at)
		}
	}
	for _, batch := range batches {
		c.openBatch(ctx, batch, byBatch[batch])
	}
	return opened
}

// namedKey is keyOf without the pinned key.
func (c *Client) namedKey(secret sealed.Secret) (transit.Key, error) {
	if secret.Annotated() {
		return secret.Key, nil
	}
	return c.configuredKey(secret.Namespace)
}

// batchKey is what entries of one batch have in common. Vault wants a context for all of them or for none.
type batchKey struct {
	vault   vault
	key     transit.Key
	unbound bool
}

// eachEntry is an entry to open, and where the result goes.
type eachEntry struct {
	secret sealed.Secret
	entry  sealed.Entry
	opened *OpenedEntry
}

func (e eachEntry) fail(err error) { e.opened.Err = entryError("open", e.secret, e.entry.Name, err) }

func orNotSealed(err error) error {
	if err == nil {
		return ErrNotSealed
	}
	return err
}

func (c *Client) openBatch(ctx context.Context, batch batchKey, entries []eachEntry) {
	items := make([]transit.Item, len(entries))
	for i, e := range entries {
		items[i] = e.secret.Item(e.entry)
	}
	results, err := batch.vault.Decrypt(ctx, batch.key, items)
	for i, e := range entries {
		switch {
		case err != nil:
			err := fmt.Errorf("open secret %s/%s: %w", e.secret.Namespace, e.secret.Name, err)
			e.opened.Err = c.explain(e.secret, err, sealed.Place{})
		case results[i].Err != nil:
			e.opened.Err = c.explain(e.secret, entryError("open", e.secret, e.entry.Name, results[i].Err),
				sealed.Place{})
		default:
			e.opened.Plaintext = append([]byte{}, results[i].Plaintext...) // not nil
		}
	}
}

// SealEach seals values as entries of a Secret, with its scope. The configured key must be the Secret's: a key that
// only an annotation names gets no plaintext. The ciphertexts are opened and compared, if the Vault role may do that.
func (c *Client) SealEach(
	ctx context.Context, secret sealed.Secret, values map[string][]byte,
) (map[string]transit.Ciphertext, error) {
	v := c.vault(secret.Namespace)
	ciphertexts, err := c.sealEach(ctx, v, secret, values)
	if err != nil {
		return nil, fmt.Errorf("seal secret %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	return ciphertexts, nil
}

func (c *Client) sealEach(
	ctx context.Context, v vault, secret sealed.Secret, values map[string][]byte,
) (map[string]transit.Ciphertext, error) {
	key, err := c.keyToSeal(secret)
	if err != nil {
		return nil, err
	}
	info, err := v.Key(ctx, key)
	if err == nil {
		err = info.CheckSealing()
	}
	if err != nil {
		return nil, err
	}
	secret.Key = key
	if secret.Scope == sealed.Unbound && info.Derived {
		return nil, &UnboundScopeError{Key: key}
	}
	s := sealing{plan: plan{seal: values}, request: CreateRequest{ReadBack: true}, result: &CreateResult{}}
	if _, err := s.plan.scope(secret.Scope, info); err != nil {
		return nil, err
	}
	return s.encrypt(ctx, v, secret)
}

// UnboundScopeError says that a Secret has no scope, and its key needs one.
type UnboundScopeError struct{ Key transit.Key }

func (e *UnboundScopeError) Error() string {
	return fmt.Sprintf("it has no scope, and transit key %s is derived: its entries must be bound", e.Key)
}
