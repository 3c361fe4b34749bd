package engine

import (
	"fmt"
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// checkMetadata refuses metadata that contains the plaintext of an entry.
func checkMetadata(namespace, name string, entries map[string][]byte, metadata Metadata) error {
	public := sealed.PublicMetadata{
		Namespace: namespace, Name: name, Labels: maps.Clone(metadata.Labels),
		Annotations: maps.Clone(metadata.Annotations),
	}
	maps.DeleteFunc(public.Labels, sealed.IsMetadata)
	maps.DeleteFunc(public.Annotations, sealed.IsMetadata)
	if err := public.Check(entries); err != nil {
		return fmt.Errorf("secret %s/%s: %w", namespace, name, err)
	}
	return nil
}

// checkLiveMetadata does the same for the metadata that an existing Secret keeps. A store that keeps metadata keeps the
// copies of tools too.
func (c *Client) checkLiveMetadata(p plan) error {
	if p.live == nil {
		return nil
	}
	if !c.store.KeepsMetadata() {
		kept := Metadata{Labels: p.live.Labels, Annotations: p.live.Annotations}
		return checkMetadata(p.live.Namespace, p.live.Name, p.seal, kept)
	}
	whole := sealed.PublicMetadata{
		Namespace: p.live.Namespace, Name: p.live.Name, Labels: p.live.Labels, Annotations: p.live.Annotations,
	}
	if err := whole.Check(p.seal); err != nil {
		return fmt.Errorf("secret %s/%s: %w", p.live.Namespace, p.live.Name, err)
	}
	return nil
}
