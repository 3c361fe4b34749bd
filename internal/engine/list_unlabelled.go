package engine

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Unlabelled are Secrets that look sealed and are not labelled so: lists do not find them.
type Unlabelled struct {
	Names []string // NAMESPACE/NAME, the first of Count in all
	Count int
}

// maxUnlabelled is how many Unlabelled names.
const maxUnlabelled = 10

// Unlabelled looks through the Secrets of a selection, labelled or not, for those that a rotation or a
// verification would take in with Selection.Discover only. Vault is not asked whether they open.
func (c *Client) Unlabelled(ctx context.Context, selection Selection) (Unlabelled, error) {
	var found Unlabelled
	if c.named(selection) {
		return found, nil // what is named is in view, labelled or not
	}
	selection.Discover = true
	err := c.store.Each(ctx, selection, func(page []Stored) error {
		for _, stored := range page {
			if stored.Secret.Labels[sealed.Label] == sealed.LabelValue {
				continue
			}
			if found.Count++; found.Count <= maxUnlabelled {
				found.Names = append(found.Names, place(stored.Secret))
			}
		}
		return nil
	})
	return found, err
}
