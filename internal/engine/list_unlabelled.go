package engine

import (
	"context"

	corev1 "k8s.io/api/core/v1"

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
	selection.Discover = true
	var found Unlabelled
	err := c.lists(ctx, selection, func(page []corev1.Secret) error {
		for i := range page {
			if page[i].Labels[sealed.Label] == sealed.LabelValue || !sealed.LooksSealed(&page[i]) {
				continue
			}
			if found.Count++; found.Count <= maxUnlabelled {
				found.Names = append(found.Names, place(&page[i]))
			}
		}
		return nil
	})
	return found, err
}
