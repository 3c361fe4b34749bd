package plugin

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// comparison is how an entry differs from a plaintext document. It names
// paths, never values.
type comparison struct {
	Entry string `json:"entry"`
	Equal bool   `json:"equal"` // as documents; the bytes may be laid out otherwise
	// SameBytes: the entry is the file, byte for byte.
	SameBytes   bool                  `json:"sameBytes"`
	Differences []document.Difference `json:"differences,omitempty"`
}

func (c *comparison) String() string {
	if len(c.Differences) == 1 {
		return fmt.Sprintf("entry %q differs from the file in 1 place", c.Entry)
	}
	return fmt.Sprintf("entry %q differs from the file in %d places", c.Entry, len(c.Differences))
}

// compare opens the Secret and compares the entry with the file: the entry of
// the file's name, or the only one there is.
func (f *plaintextFile) compare(ctx context.Context, c *connection, name string) (*comparison, error) {
	entries, err := c.Open(ctx, c.namespace, name)
	if err != nil {
		return nil, err
	}
	entry := f.entry
	stored, found := entries[entry]
	if !found && !f.named && len(entries) == 1 {
		for entry, stored = range entries {
			found = true
		}
	}
	if !found {
		return nil, withHint(
			fmt.Errorf("secret %s/%s entry %q: %w", c.namespace, name, entry, kube.ErrNotFound),
			noEntryAgainstHint(slices.Sorted(maps.Keys(entries))),
		)
	}
	if bytes.Equal(stored, f.content) {
		return &comparison{Entry: entry, Equal: true, SameBytes: true}, nil
	}
	return f.diff(entry, stored)
}

// diff tells the documents apart. An entry that is no document of the file's
// format differs as a whole.
func (f *plaintextFile) diff(entry string, stored []byte) (*comparison, error) {
	format, err := document.FormatOf(f.entry)
	if err != nil {
		return nil, err
	}
	storedFormat, err := document.FormatOf(entry)
	if err != nil {
		storedFormat = format
	}
	differences, err := tellApart(documentText{storedFormat, stored}, documentText{format, f.content})
	return &comparison{Entry: entry, Equal: len(differences) == 0, Differences: differences}, err
}
