package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// sealBatch are entries of Secrets that have one transit key. Each step is one batch of Vault's, or none without
// entries. The first entry that fails is the error.
type sealBatch struct {
	vault   vault
	key     transit.Key
	entries []*batchEntry
}

// batchEntry is an entry at its place. Its ciphertext is zero until it is sealed.
type batchEntry struct {
	sealed.Entry

	secret sealed.Secret // as it will be
	plain  []byte
	set    map[string]transit.Ciphertext      // where encrypt puts the ciphertext
	failed func(verb string, err error) error // makes an error about the entry
}

func (e *batchEntry) item() transit.Item { return e.secret.Item(e.Entry) }

func (e *batchEntry) plaintextItem() transit.Item { return e.secret.PlaintextItem(e.Name, e.plain) }

// batchCall is an operation of Vault's on a batch.
type batchCall func(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error)

// results are those of Vault for the entries. An error is about all of them.
func (b sealBatch) results(
	ctx context.Context, call batchCall, item func(*batchEntry) transit.Item,
) ([]transit.Result, error) {
	if len(b.entries) == 0 {
		return nil, nil
	}
	items := make([]transit.Item, len(b.entries))
	for n, e := range b.entries {
		items[n] = item(e)
	}
	return call(ctx, b.key, items)
}

// encrypt seals the plaintext of the entries.
func (b sealBatch) encrypt(ctx context.Context) error {
	results, err := b.results(ctx, b.vault.Encrypt, (*batchEntry).plaintextItem)
	if err != nil {
		return err
	}
	for n, result := range results {
		e := b.entries[n]
		if result.Err != nil {
			return e.failed("seal", result.Err)
		}
		e.Ciphertext, e.set[e.Name] = result.Ciphertext, result.Ciphertext
	}
	return nil
}

// readBack opens the ciphertexts and compares. The error is transit.ErrDenied if the Vault role may not open.
func (b sealBatch) readBack(ctx context.Context) error {
	results, err := b.results(ctx, b.vault.Decrypt, (*batchEntry).item)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	for n, result := range results {
		e := b.entries[n]
		switch {
		case result.Err != nil:
			return e.failed("read back", result.Err)
		case !bytes.Equal(result.Plaintext, e.plain):
			return e.failed("read back", errors.New("it opens to other bytes than were sealed"))
		}
	}
	return nil
}

// prove checks that the entries, which stay, are sealed with the key and the scope of the new annotations. Everyone who
// may edit a Secret can edit its annotations, so they prove nothing.
func (b sealBatch) prove(ctx context.Context) error {
	rewrap := func(ctx context.Context, key transit.Key, items []transit.Item) ([]transit.Result, error) {
		return b.vault.Rewrap(ctx, key, 0, items)
	}
	results, err := b.results(ctx, rewrap, (*batchEntry).item)
	if err != nil {
		return fmt.Errorf("check the entries that stay: %w", err)
	}
	for n, result := range results {
		if result.Err != nil {
			return b.entries[n].failed("keep", result.Err)
		}
	}
	return nil
}
