package engine

import (
	"fmt"
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// besideEntries refuses metadata in which the plaintext of an entry would stand beside its ciphertext.
func besideEntries(namespace, name string, entries map[string][]byte, metadata Metadata) error {
	beside := sealed.Beside{Namespace: namespace, Name: name, Labels: maps.Clone(metadata.Labels), Annotations: maps.Clone(metadata.Annotations)}
	maps.DeleteFunc(beside.Labels, sealed.IsMetadata)
	maps.DeleteFunc(beside.Annotations, sealed.IsMetadata)
	if err := beside.Check(entries); err != nil {
		return fmt.Errorf("secret %s/%s: %w", namespace, name, err)
	}
	return nil
}

// checkBeside is the same for what a Secret that exists keeps. In a file all of it stays, copies of tools too.
func (c *Client) checkBeside(p plan) error {
	if p.live == nil {
		return nil
	}
	if c.manifests == nil {
		return besideEntries(p.live.Namespace, p.live.Name, p.seal, Metadata{Labels: p.live.Labels, Annotations: p.live.Annotations})
	}
	whole := sealed.Beside{Namespace: p.live.Namespace, Name: p.live.Name, Labels: p.live.Labels, Annotations: p.live.Annotations}
	if err := whole.Check(p.seal); err != nil {
		return fmt.Errorf("secret %s/%s: %w", p.live.Namespace, p.live.Name, err)
	}
	return nil
}
