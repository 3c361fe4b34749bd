package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// otherInstallation reports whether a Secret of a list belongs to another installation: its transit key is in another
// engine than the configured key of its namespace, and Vault denies the key or does not have it.
func (c *Client) otherInstallation(t *task, selection Selection, err error) bool {
	return t.state != nil && (errors.Is(err, transit.ErrDenied) || errors.Is(err, transit.ErrKeyNotFound)) &&
		c.otherEngine(t.state.key, t.live.Namespace, selection)
}

// otherEngine reports whether a key is in another engine than the configured key of the namespace. It is false for
// Secrets that the user named: the user means them, whatever engine they have.
func (c *Client) otherEngine(key transit.Key, namespace string, selection Selection) bool {
	if c.named(selection) {
		return false
	}
	configured, err := c.configuredKey(namespace)
	return err == nil && configured.Mount != key.Mount
}

// otherInstallationSkip says why a rotation skips a Secret of another installation.
func (t *task) otherInstallationSkip(err error) skip {
	return skip{OtherInstallation, fmt.Sprintf("its transit key is in engine %s, which this role may not use: %v",
		t.state.key.Mount, err)}
}
