package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// manifestBatch are the Secrets of a Seal that have one transit key.
type manifestBatch struct {
	client *Client
	vault  vault
	key    transit.Key
	all    []*manifestSeal
}

// manifestEntry is one entry of a batch.
type manifestEntry struct {
	of    *manifestSeal
	entry sealed.Entry // with a ciphertext, or its name only
	plain []byte
}

func (e manifestEntry) failed(verb string, err error) error {
	return &SealError{e.of.index, entryError(verb, e.of.after, e.entry.Name, err)}
}

// each calls one batch of Vault's, and then use for each result.
func each(
	entries []manifestEntry, item func(manifestEntry) transit.Item,
	call func([]transit.Item) ([]transit.Result, error), use func(manifestEntry, transit.Result) error,
) error {
	if len(entries) == 0 {
		return nil
	}
	items := make([]transit.Item, len(entries))
	for n, e := range entries {
		items[n] = item(e)
	}
	results, err := call(items)
	if err != nil {
		return err
	}
	for n, e := range entries {
		if err := use(e, results[n]); err != nil {
			return err
		}
	}
	return nil
}

// sealedItem is what Vault needs to open or rewrap the ciphertext of an entry at its place.
func sealedItem(e manifestEntry) transit.Item { return e.of.after.Item(e.entry) }

// proveKept checks that the entries that stay have the key and the scope of the new ones: one annotation is for all.
func (b manifestBatch) proveKept(ctx context.Context) error {
	var kept []manifestEntry
	for _, m := range b.all {
		for _, entry := range m.keep {
			kept = append(kept, manifestEntry{of: m, entry: entry})
		}
	}
	err := each(kept, sealedItem,
		func(items []transit.Item) ([]transit.Result, error) { return b.vault.Rewrap(ctx, b.key, 0, items) },
		func(e manifestEntry, result transit.Result) error {
			if result.Err == nil {
				return nil
			}
			return e.of.failed(fmt.Errorf("entry %q stays, but does not open with %s and scope %s: %w",
				e.entry.Name, b.key, e.of.after.Scope, b.client.explain(e.of.after, result.Err, sealed.Place{})))
		})
	if _, ofSecret := errors.AsType[*SealError](err); err != nil && !ofSecret {
		err = fmt.Errorf("check the entries that stay: %w", err)
	}
	return err
}

// reuse takes the ciphertexts of earlier Secrets whose plaintext is the same. What does not open is sealed again.
func (b manifestBatch) reuse(ctx context.Context) error {
	var earlier []manifestEntry
	for _, m := range b.all {
		for _, secret := range m.request.Earlier {
			earlier = append(earlier, m.sealedIn(secret)...)
		}
	}
	err := each(earlier, sealedItem,
		func(items []transit.Item) ([]transit.Result, error) { return b.vault.Decrypt(ctx, b.key, items) },
		func(e manifestEntry, result transit.Result) error {
			_, taken := e.of.result.Set[e.entry.Name]
			if !taken && result.Err == nil && bytes.Equal(result.Plaintext, e.plain) {
				e.of.result.Set[e.entry.Name] = e.entry.Ciphertext
				e.of.result.Reused++
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("open the ciphertexts to use again: %w", err)
	}
	return nil
}

// sealedIn are the entries to seal that are sealed in an earlier Secret of the same transit key and scope.
func (m *manifestSeal) sealedIn(secret *corev1.Secret) []manifestEntry {
	was, err := sealed.Read(secret)
	if err != nil || was.Annotated() && was.Key != m.after.Key || was.Scope != m.after.Scope {
		return nil
	}
	var entries []manifestEntry
	for _, entry := range was.Entries {
		if plain, found := m.seal[entry.Name]; found && entry.Sealed() {
			entries = append(entries, manifestEntry{of: m, entry: entry, plain: plain})
		}
	}
	return entries
}

// encrypt seals the other entries, opens the ciphertexts and compares. A role that may only encrypt gets a note.
func (b manifestBatch) encrypt(ctx context.Context) error {
	var made []manifestEntry
	for _, m := range b.all {
		for _, name := range m.names() {
			if _, reused := m.result.Set[name]; !reused {
				made = append(made, manifestEntry{of: m, entry: sealed.Entry{Name: name}, plain: m.seal[name]})
			}
		}
	}
	at := 0
	err := each(made,
		func(e manifestEntry) transit.Item { return e.of.after.PlaintextItem(e.entry.Name, e.plain) },
		func(items []transit.Item) ([]transit.Result, error) { return b.vault.Encrypt(ctx, b.key, items) },
		func(e manifestEntry, result transit.Result) error {
			if result.Err != nil {
				return e.failed("seal", result.Err)
			}
			made[at].entry.Ciphertext = result.Ciphertext
			at++
			e.of.result.Set[e.entry.Name] = result.Ciphertext
			return nil
		})
	if err != nil {
		return err
	}
	return b.readBack(ctx, made)
}

func (b manifestBatch) readBack(ctx context.Context, made []manifestEntry) error {
	err := each(made, sealedItem,
		func(items []transit.Item) ([]transit.Result, error) { return b.vault.Decrypt(ctx, b.key, items) },
		func(e manifestEntry, result transit.Result) error {
			switch {
			case result.Err != nil:
				return e.failed("read back", result.Err)
			case !bytes.Equal(result.Plaintext, e.plain):
				return e.failed("read back", errors.New("it opens to other bytes than were sealed"))
			}
			return nil
		})
	_, ofSecret := errors.AsType[*SealError](err)
	switch {
	case err == nil, ofSecret:
		return err
	case errors.Is(err, transit.ErrDenied):
		for _, m := range b.all {
			m.result.Notes = append(m.result.Notes,
				fmt.Sprintf("not read back: the Vault role may not decrypt with %s", b.key))
		}
		return nil
	}
	return fmt.Errorf("read back: %w", err)
}
