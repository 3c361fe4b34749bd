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

func (b manifestBatch) of(entries []*batchEntry) sealBatch { return sealBatch{b.vault, b.key, entries} }

// proveKept checks that the entries that stay have the key and the scope of the new ones: one annotation is for all.
func (b manifestBatch) proveKept(ctx context.Context) error {
	var kept []*batchEntry
	for _, m := range b.all {
		for _, entry := range m.keep {
			kept = append(kept, &batchEntry{Entry: entry, secret: m.after, failed: func(_ string, err error) error {
				return m.failed(fmt.Errorf("entry %q stays, but does not open with %s and scope %s: %w",
					entry.Name, b.key, m.after.Scope, b.client.explain(m.after, err, sealed.Place{})))
			}})
		}
	}
	return b.of(kept).prove(ctx)
}

// reuse takes the ciphertexts of earlier Secrets whose plaintext is the same. What does not open is sealed again.
func (b manifestBatch) reuse(ctx context.Context) error {
	var earlier []*batchEntry
	var use []func() // by index of earlier: notes where its ciphertext is from
	for _, m := range b.all {
		for _, secret := range m.request.Earlier {
			for _, e := range m.sealedIn(secret) {
				earlier = append(earlier, e)
				use = append(use, func() { m.sources = append(m.sources, secret) })
			}
		}
	}
	results, err := b.of(earlier).results(ctx, b.vault.Decrypt, (*batchEntry).item)
	if err != nil {
		return fmt.Errorf("open the ciphertexts to use again: %w", err)
	}
	for n, e := range earlier {
		_, taken := e.set[e.Name]
		if !taken && results[n].Err == nil && bytes.Equal(results[n].Plaintext, e.plain) {
			e.set[e.Name] = e.Ciphertext
			use[n]()
		}
	}
	for _, m := range b.all {
		m.result.Reused = len(m.result.Set)
	}
	return nil
}

// sealedIn are the entries to seal that are sealed in an earlier Secret of the same transit key and scope.
func (m *manifestSeal) sealedIn(secret *corev1.Secret) []*batchEntry {
	was, err := sealed.Read(secret)
	if err != nil || was.Annotated() && was.Key != m.after.Key || was.Scope != m.after.Scope {
		return nil
	}
	var entries []*batchEntry
	for _, entry := range was.Entries {
		if plain, found := m.seal[entry.Name]; found && entry.Sealed() {
			entries = append(entries, m.entry(entry, plain))
		}
	}
	return entries
}

// entry is one to seal, or sealed already with this plaintext.
func (m *manifestSeal) entry(entry sealed.Entry, plain []byte) *batchEntry {
	return &batchEntry{
		Entry: entry, secret: m.after, plain: plain, set: m.result.Set,
		failed: func(verb string, err error) error {
			return &SealError{m.index, entryError(verb, m.after, entry.Name, err)}
		},
	}
}

// encrypt seals the other entries, opens the ciphertexts and compares. A role that may only encrypt gets a note.
func (b manifestBatch) encrypt(ctx context.Context) error {
	var made []*batchEntry
	for _, m := range b.all {
		for _, name := range m.names() {
			if _, reused := m.result.Set[name]; !reused {
				made = append(made, m.entry(sealed.Entry{Name: name}, m.seal[name]))
			}
		}
	}
	batch := b.of(made)
	if err := batch.encrypt(ctx); err != nil {
		return err
	}
	err := batch.readBack(ctx)
	if errors.Is(err, transit.ErrDenied) {
		for _, m := range b.all {
			m.result.Notes = append(m.result.Notes,
				fmt.Sprintf("not read back: the Vault role may not decrypt with %s", b.key))
		}
		return nil
	}
	return err
}
