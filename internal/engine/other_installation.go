package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// otherInstallation tells that a Secret of a list belongs to another installation: its transit key is in another
// engine than the one that is configured for its namespace, and Vault denies it to this role, or does not know it.
func (c *Client) otherInstallation(t *task, selection Selection, err error) bool {
	return t.state != nil && (errors.Is(err, transit.ErrDenied) || errors.Is(err, transit.ErrKeyNotFound)) &&
		c.otherEngine(t.state.key, t.live.Namespace, selection)
}

// otherEngine tells that a key is not in the engine that is configured for the namespace. A Secret that was named, or
// stands in a file, was meant, whichever engine it has.
func (c *Client) otherEngine(key transit.Key, namespace string, selection Selection) bool {
	if c.named(selection) {
		return false
	}
	configured, err := c.configuredKey(namespace)
	return err == nil && configured.Mount != key.Mount
}

// otherInstallationSkip says why a rotation skips a Secret of another installation.
func (t *task) otherInstallationSkip(err error) skip {
	return skip{OtherInstallation, fmt.Sprintf("its transit key is in engine %s, which this role may not use: %v", t.state.key.Mount, err)}
}
