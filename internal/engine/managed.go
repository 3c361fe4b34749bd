package engine

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// managedBy tells who would put a Secret's old ciphertext back; empty for nobody. A manifest in a file is where such
// a tool has it from.
func (c *Client) managedBy(live *corev1.Secret) string {
	if c.manifests != nil {
		return ""
	}
	return sealed.ManagedBy(live, DefaultFieldManager, c.fieldManager)
}

// warnManaged warns that a tool would undo what is about to be written.
func (c *Client) warnManaged(result *CreateResult, live *corev1.Secret) {
	by := c.managedBy(live)
	if by == "" {
		return
	}
	warning := fmt.Sprintf("secret %s/%s is managed by %s, which may put the old values back: change its manifest too", live.Namespace, live.Name, by)
	if !slices.Contains(result.Warnings, warning) { // a change may be tried more than once
		result.Warnings = append(result.Warnings, warning)
	}
}
