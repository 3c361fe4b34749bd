package engine

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Unlabelled are Secrets that look sealed and do not have the label. Lists do not find them.
type Unlabelled struct {
	Names []string // NAMESPACE/NAME of the first ones
	Count int
}

// maxUnlabelled is the maximum number of Unlabelled.Names.
const maxUnlabelled = 10

// Unlabelled finds the Secrets that would be in view with Selection.Discover only. It does not ask Vault whether they
// open.
func (c *Client) Unlabelled(ctx context.Context, selection Selection) (Unlabelled, error) {
	var found Unlabelled
	if c.named(selection) {
		return found, nil // named Secrets are in view, labelled or not
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
