package engine

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Opened is a Secret as it was read, with plaintext to change and save.
type Opened struct {
	Namespace, Name string
	// Entries are the opened ones.
	Entries map[string][]byte

	live   *corev1.Secret
	secret sealed.Secret
}

// OpenToChange opens the named entry of a Secret, or without a name all of them. All entries of the Secret must be
// sealed, and its values replaceable.
func (c *Client) OpenToChange(ctx context.Context, namespace, name, entry string) (*Opened, error) {
	v := c.vault(namespace)
	live, secret, err := c.changeable(ctx, v, namespace, name, c.keyToSeal)
	if err != nil {
		return nil, err
	}
	entries := secret.Entries
	if entry != "" {
		one, found := secret.Entry(entry)
		if !found {
			return nil, fmt.Errorf("secret %s/%s: %w",
				namespace, name, &EntryNotFoundError{Entry: entry, Entries: secret.Names()})
		}
		entries = []sealed.Entry{one}
	}
	opened, err := c.openEntries(ctx, v, secret, entries)
	if err != nil {
		return nil, err
	}
	return &Opened{Namespace: namespace, Name: name, Entries: opened, live: live, secret: secret}, nil
}

// SaveRequest is the new content of an opened Secret.
type SaveRequest struct {
	Opened *Opened
	// Entries replace the opened ones.
	Entries  map[string][]byte
	Expires  sealed.Expiry
	ReadBack bool // open the new ciphertexts and compare, before the write
	DryRun   DryRun
}

// Save seals the entries that differ from the opened ones, in one write. If another client has written the Secret since
// it was opened, Save reads it again and continues, unless that client changed the same entries: then the error is a
// *TouchedError. Save does not write unchanged entries.
func (c *Client) Save(ctx context.Context, request SaveRequest) (*CreateResult, error) {
	opened := request.Opened
	e, err := updateOf(request)
	if err != nil {
		return nil, err
	}
	if len(e.seal)+len(e.drop) == 0 {
		return &CreateResult{Secret: opened.live, Unchanged: true}, nil
	}
	v := c.vault(opened.Namespace)
	if len(e.seal) > 0 {
		e.age.SealedAt = c.now()
	}
	mine := claimOf(slices.AppendSeq(slices.Clone(e.drop), maps.Keys(e.seal)), Metadata{}).expiry(request.Expires)
	var result *CreateResult
	err = c.retryOnConflict(ctx, writeRetries(), func(ctx context.Context) (err error) {
		if mine.made { // not in the first attempt
			if e.live, e.before, err = c.changeable(ctx, v, opened.Namespace, opened.Name, c.keyToSeal); err != nil {
				return err
			}
		}
		if err := mine.check(ctx, v, e.live, e.before); err != nil {
			return err
		}
		result, err = c.saveOnce(ctx, v, e)
		return err
	})
	return result, err
}

// updateOf are the differences from what was opened.
func updateOf(request SaveRequest) (entryUpdate, error) {
	opened := request.Opened
	e := entryUpdate{
		live: opened.live, before: opened.secret, seal: map[string][]byte{},
		readBack: request.ReadBack, dryRun: request.DryRun, age: sealed.AgeChange{Expires: request.Expires},
	}
	for name, value := range request.Entries {
		was, found := opened.Entries[name]
		if _, there := opened.secret.Entry(name); there && !found {
			return e, fmt.Errorf("secret %s/%s entry %q: it already exists, and was not opened",
				opened.Namespace, opened.Name, name)
		}
		if !found || !bytes.Equal(was, value) {
			e.seal[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(opened.Entries)) {
		if _, kept := request.Entries[name]; !kept {
			e.drop = append(e.drop, name)
		}
	}
	return e, nil
}

// saveOnce is one attempt.
func (c *Client) saveOnce(ctx context.Context, v vault, e entryUpdate) (*CreateResult, error) {
	if len(e.seal) == 0 && len(e.drop) == len(e.before.Entries) {
		return nil, fmt.Errorf("secret %s/%s entry %q: %w", e.live.Namespace, e.live.Name, e.drop[0], ErrLastEntry)
	}
	return c.writeUpdate(ctx, v, e)
}
