package engine

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// ManifestChange is what a Reseal changes in the manifest of a Secret.
type ManifestChange struct {
	As          sealed.Secret // namespace, name, transit key and scope
	Set         map[string]transit.Ciphertext
	Labels      map[string]string // to set
	Annotations map[string]any    // to set; nil: to remove
}

// ResealManifest seals the entries of a Secret in a file for ToPlace, as Reseal and Move do, and returns the change of
// the manifest. It is nil if nothing would differ. The Secret has a namespace. The result has the changed Secret.
func (c *Client) ResealManifest(
	ctx context.Context, live *corev1.Secret, request ResealRequest,
) (*ManifestChange, *CreateResult, error) {
	before, err := readChangeable(live, c.keyToOpen(request))
	if err != nil {
		return nil, nil, err
	}
	r := &resealing{request: request, live: live, before: request.opensAs(before), result: &CreateResult{}}
	change, err := c.reseal(ctx, r)
	if err != nil || r.result.Unchanged {
		return nil, r.result, err
	}
	r.result.Secret = change.applied()
	r.result.Secret.Namespace, r.result.Secret.Name = r.after.Namespace, r.after.Name
	return &ManifestChange{As: r.after, Set: change.Set, Labels: change.labels(), Annotations: change.annotations()},
		r.result, nil
}
