package engine

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// EntryChange is an entry whose plaintext a Create adds, removes or replaces by another one.
type EntryChange struct {
	Entry string
	Kind  ChangeKind
	// Before and After are both there when the entry is replaced, and neither otherwise.
	Before, After []byte
}

// ChangeKind says what happens to an entry.
type ChangeKind string

// The kinds of changes.
const (
	EntryAdded    ChangeKind = "added"
	EntryRemoved  ChangeKind = "removed"
	EntryReplaced ChangeKind = "changed"
)

// changes are what a plan does to the plaintext, sorted by entry. Sealed entries that it replaces are opened; those that
// are not sealed count as they are.
func (c *Client) changes(ctx context.Context, v vault, p plan) ([]EntryChange, error) {
	before, err := c.replaced(ctx, v, p)
	if err != nil {
		return nil, err
	}
	changes := []EntryChange{}
	for _, name := range slices.Sorted(maps.Keys(p.seal)) {
		old, found := before[name]
		switch after := p.seal[name]; {
		case !found:
			changes = append(changes, EntryChange{Entry: name, Kind: EntryAdded})
		case !bytes.Equal(old, after):
			changes = append(changes, EntryChange{Entry: name, Kind: EntryReplaced, Before: old, After: after})
		}
	}
	for _, name := range p.drop {
		changes = append(changes, EntryChange{Entry: name, Kind: EntryRemoved})
	}
	slices.SortFunc(changes, func(a, b EntryChange) int { return cmp.Compare(a.Entry, b.Entry) })
	return changes, nil
}

// replaced is the plaintext of the entries that exist and are sealed anew.
func (c *Client) replaced(ctx context.Context, v vault, p plan) (map[string][]byte, error) {
	plaintexts := map[string][]byte{}
	var closed []sealed.Entry
	for _, entry := range p.before.Entries {
		_, given := p.seal[entry.Name]
		switch {
		case given && entry.Sealed():
			closed = append(closed, entry)
		case given:
			plaintexts[entry.Name] = p.live.Data[entry.Name]
		}
	}
	if len(closed) == 0 {
		return plaintexts, nil
	}
	before := p.before
	if !before.Annotated() {
		var err error
		if before.Key, err = c.configuredKey(before.Namespace); err != nil {
			return nil, fmt.Errorf("secret %s/%s: %w", before.Namespace, before.Name, err)
		}
	}
	opened, err := c.openEntries(ctx, v, before, closed)
	maps.Copy(plaintexts, opened)
	return plaintexts, err
}
