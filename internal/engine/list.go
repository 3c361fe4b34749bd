package engine

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Listed is a Secret of List, without its ciphertexts.
type Listed struct {
	Namespace  string        `json:"namespace"`
	Name       string        `json:"name"`
	Entries    []ListedEntry `json:"entries"`
	TransitKey string        `json:"transitKey,omitempty"` // empty: not known
	Scope      sealed.Scope  `json:"scope,omitempty"`      // empty: unbound
	Type       string        `json:"type"`                 // of the plaintext Secret
	Created    time.Time     `json:"creationTimestamp"`
	// SealedAt is when plaintext was last set, and Expires when it expires, by annotations that everyone who may edit
	// the Secret can write. They are missing if they are not known.
	SealedAt time.Time `json:"sealedAt,omitzero"`
	Expires  time.Time `json:"expires,omitzero"`
	// Age is what the annotations say.
	Age sealed.Age `json:"-"`
	// LatestVersion of the transit key, after Compare.
	LatestVersion int `json:"latestVersion,omitempty"`
	// Stale tells, after Compare, whether an entry is sealed with an older version.
	Stale bool `json:"stale,omitempty"`
	// Reason says why Vault did not answer, or why the Secret cannot be read.
	Reason string `json:"reason,omitempty"`
}

// ListedEntry is an entry and its key version; 0: it is not sealed.
type ListedEntry struct {
	Name    string `json:"name"`
	Version int    `json:"version,omitempty"`
}

// Versions are the lowest and the highest key version of the sealed entries; 0: none is sealed.
func (l Listed) Versions() (lowest, highest int) {
	for _, entry := range l.Entries {
		if entry.Version == 0 {
			continue
		}
		if lowest == 0 || entry.Version < lowest {
			lowest = entry.Version
		}
		highest = max(highest, entry.Version)
	}
	return lowest, highest
}

// Sealed is the number of sealed entries.
func (l Listed) Sealed() int {
	return len(slices.DeleteFunc(slices.Clone(l.Entries), func(e ListedEntry) bool { return e.Version == 0 }))
}

// List lists the Secrets of a selection in the API server's order. It does not use Vault.
func (c *Client) List(ctx context.Context, selection Selection) ([]Listed, error) {
	var all []Listed
	err := c.store.Each(ctx, selection, func(page []Stored) error {
		for _, stored := range page {
			if stored.Err != nil {
				return stored.Err
			}
			all = append(all, c.listed(stored.Secret))
		}
		return nil
	})
	return all, err
}

func (c *Client) listed(live *corev1.Secret) Listed {
	secret, err := sealed.Read(live)
	l := Listed{
		Namespace: live.Namespace, Name: live.Name, Entries: make([]ListedEntry, len(secret.Entries)),
		Scope: secret.Scope, Type: string(sealed.PlaintextType(live)), Created: live.CreationTimestamp.Time,
		Age: sealed.ReadAge(live.Annotations, c.now()),
	}
	l.SealedAt, l.Expires = l.Age.SealedAt, l.Age.Expires
	for n, entry := range secret.Entries {
		l.Entries[n] = ListedEntry{Name: entry.Name}
		if entry.Sealed() {
			l.Entries[n].Version = entry.Ciphertext.Version()
		}
	}
	if err != nil {
		l.Reason = err.Error()
		return l
	}
	if key, err := c.keyOf(secret); err == nil {
		l.TransitKey = key.String()
	}
	return l
}

// Compare asks Vault once for the latest version of each transit key, and marks stale Secrets. If Vault refuses a key,
// the Reason of its Secrets says so. An error means that Vault does not answer at all.
func (c *Client) Compare(ctx context.Context, all []Listed) error {
	type answer struct {
		latest int
		reason string
	}
	asked := map[string]answer{}
	for n := range all {
		l := &all[n]
		if l.TransitKey == "" || l.Reason != "" {
			continue
		}
		known, found := asked[l.TransitKey]
		if !found {
			key, err := transit.ParseKey(l.TransitKey)
			if err != nil {
				return err
			}
			info, err := c.vault(l.Namespace).Key(ctx, key)
			if fatal(err) {
				return err
			}
			if err != nil {
				known.reason = err.Error()
			}
			known.latest = info.LatestVersion
			asked[l.TransitKey] = known
		}
		lowest, _ := l.Versions()
		l.LatestVersion, l.Reason = known.latest, known.reason
		l.Stale = known.latest > 0 && lowest > 0 && lowest < known.latest
	}
	return nil
}
