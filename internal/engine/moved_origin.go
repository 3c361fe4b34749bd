package engine

import (
	"context"
	"errors"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	// maxOriginBytes is the maximum size of the ciphertexts in the request that finds an origin.
	maxOriginBytes = 1 << 20
	// maxOriginsAsked is the maximum number of Secrets whose origin a Client asks Vault for. Everyone who may write
	// Secrets can make thousands that do not open.
	maxOriginsAsked = 50
)

// origin finds the place that an entry was sealed for, if it does not authenticate at its own: it lets Vault rewrap the
// entry under likely places, in one request, and discards the result. No plaintext leaves Vault. It is for the message
// only: a role that may not rewrap, and any other failure, is a zero place.
func (c *Client) origin(ctx context.Context, v vault, secret sealed.Secret, entry sealed.Entry) sealed.Place {
	if other := c.otherKey(secret); other != nil && other.Of != "" {
		return sealed.Place{} // its key says enough
	}
	places := secret.Origins()
	if most := maxOriginBytes / max(len(entry.Ciphertext.String()), 1); len(places) > most {
		places = places[:most]
	}
	if len(places) == 0 || c.originsAsked.Add(1) > maxOriginsAsked {
		return sealed.Place{}
	}
	items := make([]transit.Item, len(places))
	for i, place := range places {
		at := secret
		at.Namespace, at.Name = place.Namespace, place.Name
		items[i] = at.Item(entry)
	}
	results, err := v.Rewrap(ctx, secret.Key, 0, items)
	if err != nil {
		return sealed.Place{}
	}
	for i, result := range results {
		if result.Err == nil {
			return places[i]
		}
	}
	return sealed.Place{}
}

// originOf is the origin of the first entry of a task that does not authenticate; zero: none, or not known.
func (c *Client) originOf(ctx context.Context, t *task) sealed.Place {
	if t.err != nil || t.state == nil {
		return sealed.Place{}
	}
	for i, entry := range t.secret.Entries {
		if i < len(t.results) && errors.Is(t.results[i].Err, transit.ErrUnauthentic) {
			return c.origin(ctx, t.vault, t.keyed(), entry)
		}
	}
	return sealed.Place{}
}
