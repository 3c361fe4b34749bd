package engine

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// warnManaged warns that a tool would undo what is about to be written.
func (c *Client) warnManaged(result *CreateResult, live *corev1.Secret) {
	by := c.store.ManagedBy(live)
	if by == "" {
		return
	}
	warning := fmt.Sprintf("secret %s/%s is managed by %s, which may put the old values back: change its manifest too", live.Namespace, live.Name, by)
	if !slices.Contains(result.Warnings, warning) { // a change may be tried more than once
		result.Warnings = append(result.Warnings, warning)
	}
}
