package engine

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// warnManaged warns that a tool would undo the next write.
func (c *Client) warnManaged(result *CreateResult, live *corev1.Secret) {
	by := c.store.ManagedBy(live)
	if by == "" {
		return
	}
	warning := fmt.Sprintf("secret %s/%s is managed by %s, which may put the old values back: change its manifest too",
		live.Namespace, live.Name, by)
	if !slices.Contains(result.Warnings, warning) { // a retry must not repeat it
		result.Warnings = append(result.Warnings, warning)
	}
}
