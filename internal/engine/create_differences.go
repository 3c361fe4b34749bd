package engine

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// EntryDifference is one entry whose plaintext differs between the live Secret and what Create was asked to seal.
type EntryDifference struct {
	Entry string
	Kind  document.DifferenceKind
	// Before and After are set when Kind is document.Changed, and nil otherwise.
	Before, After []byte
}

// differences compares the plaintext of the live Secret with what the plan makes of it. The result is sorted by entry.
// Sealed entries that the plan replaces are opened; values that are not sealed are compared as they are.
func (c *Client) differences(ctx context.Context, v vault, p plan) ([]EntryDifference, error) {
	before, err := c.replaced(ctx, v, p)
	if err != nil {
		return nil, err
	}
	differences := []EntryDifference{}
	for _, name := range slices.Sorted(maps.Keys(p.seal)) {
		old, found := before[name]
		switch after := p.seal[name]; {
		case !found:
			differences = append(differences, EntryDifference{Entry: name, Kind: document.Added})
		case !bytes.Equal(old, after):
			differences = append(differences, EntryDifference{Entry: name, Kind: document.Changed, Before: old,
				After: after})
		}
	}
	for _, name := range p.drop {
		differences = append(differences, EntryDifference{Entry: name, Kind: document.Removed})
	}
	slices.SortFunc(differences, func(a, b EntryDifference) int { return cmp.Compare(a.Entry, b.Entry) })
	return differences, nil
}

// replaced returns the present plaintext of the live entries that the plan seals again.
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
