package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// suspect is an entry that is old enough to need a version that is being retired. Vault tells whether it has the key:
// what annotations say could have been written by anyone who may edit the Secret.
type suspect struct {
	entry      OlderEntry
	says       transit.Item // as its Secret says it is sealed, with the key below
	key        transit.Key  // zero: it says the key that is retired, or none
	ciphertext transit.Ciphertext
	items      []transit.Item // for each context under which it may have been sealed
	print      fingerprint    // of all suspects of its Secret under the key that is retired
}

// fingerprint names values at their places: all of a Secret, which may have thousands.
type fingerprint [sha256.Size]byte

// fingerprinted gives the suspects of one Secret under a key their fingerprint.
func fingerprinted(key transit.Key, of []suspect) []suspect {
	hash := sha256.New()
	for _, s := range of {
		_, _ = fmt.Fprintf(hash, "%s\n%s/%s/%s\n%s\n", key, s.entry.Namespace, s.entry.Name, s.entry.Entry, s.ciphertext)
	}
	for i := range of {
		of[i].print = fingerprint(hash.Sum(nil))
	}
	return of
}

// maxSuspects is how many suspects are tested at once.
const maxSuspects = 2000

// scan lists every Secret of the cluster, labelled or not, and records with the keys what is older than they would
// still open. With raised, the versions are shut out already: a suspect that was not tested before cannot be tested any
// more, and makes its key unsure unless it proves to belong to the key that its Secret says.
func (t *retirement) scan(ctx context.Context, keys map[transit.Key]*retiring, raised bool) error {
	return t.client.store.Each(ctx, Selection{Discover: true}, func(page []Stored) error {
		suspects := map[transit.Key][]suspect{}
		for _, stored := range page {
			t.findSuspects(stored.Secret, keys, suspects)
		}
		for key, found := range suspects {
			k := keys[key]
			var err error
			if raised {
				err = t.recheck(ctx, key, found)
			} else if err = t.test(ctx, key, found); err != nil && !fatal(err) {
				k.refuse(err.Error(), err)
			}
			if fatal(err) {
				return err
			}
		}
		return nil
	})
}

// recheck makes a key unsure whose versions are raised already, where suspects may belong to it that were not tested
// before. Those of a namespace that has raised a false alarm are not waited for again: it could go on for ever.
func (t *retirement) recheck(ctx context.Context, key transit.Key, found []suspect) error {
	k := t.keys[key]
	found = slices.DeleteFunc(found, func(s suspect) bool { return t.tested[s.print] || k.falseAlarms[s.entry.Namespace] })
	cleared, err := t.cleared(ctx, key, found)
	if err != nil || !cleared {
		k.unsure = true
		for _, s := range found {
			k.alarms[s.entry.Namespace] = true
		}
	}
	return err
}

// findSuspects finds the suspects among the entries of a Secret: for the key that it says, else for the one that is
// configured for its namespace.
func (t *retirement) findSuspects(live *corev1.Secret, keys map[transit.Key]*retiring, suspects map[transit.Key][]suspect) {
	if t.planned[place(live)] {
		return
	}
	secret, err := sealed.Read(live)
	if err != nil {
		secret.Key, secret.Scope = transit.Key{}, sealed.Unbound // what it says is not to be relied on
	}
	configured, err := t.client.configuredKey(live.Namespace)
	if err != nil {
		configured = transit.Key{}
	}
	managedBy := t.client.store.ManagedBy(live)
	var ofSaid, ofConfigured []suspect
	for _, entry := range secret.Entries {
		version := entry.Ciphertext.Version()
		older := OlderEntry{Namespace: live.Namespace, Name: live.Name, Entry: entry.Name, Version: version, ManagedBy: managedBy}
		said, maybe := keys[secret.Key], keys[configured]
		switch {
		case !entry.Sealed():
		case said != nil && version < said.row.ToVersion:
			anywhere := secret
			anywhere.Scope = sealed.Unbound // the annotation may have been changed: any scope's context may be right
			ofSaid = append(ofSaid, suspect{
				entry: older, ciphertext: entry.Ciphertext, items: possibleItems(anywhere, entry, said.info.Derived),
			})
		case secret.Key != configured && maybe != nil && version < maybe.row.ToVersion:
			ofConfigured = append(ofConfigured, suspect{
				entry: older, ciphertext: entry.Ciphertext, items: possibleItems(secret, entry, maybe.info.Derived),
				key: secret.Key, says: secret.Item(entry),
			})
		}
	}
	if len(ofSaid) > 0 {
		suspects[secret.Key] = append(suspects[secret.Key], fingerprinted(secret.Key, ofSaid)...)
	}
	if len(ofConfigured) > 0 {
		suspects[configured] = append(suspects[configured], fingerprinted(configured, ofConfigured)...)
	}
}

// possibleItems are an entry's items under the contexts that it may have been sealed with: its own where it has one,
// else any scope's.
func possibleItems(secret sealed.Secret, entry sealed.Entry, derived bool) []transit.Item {
	scopes := []sealed.Scope{secret.Scope}
	switch {
	case !derived:
		scopes = []sealed.Scope{sealed.Unbound}
	case secret.Scope == sealed.Unbound:
		scopes = []sealed.Scope{sealed.Strict, sealed.NamespaceWide, sealed.ClusterWide}
	}
	items := make([]transit.Item, len(scopes))
	for i, scope := range scopes {
		secret.Scope = scope
		items[i] = secret.Item(entry)
	}
	return items
}

// cleared tells whether all suspects are known to belong to other keys, as they open with the key that their Secret
// says. An error leaves that open.
func (t *retirement) cleared(ctx context.Context, key transit.Key, suspects []suspect) (bool, error) {
	others := map[transit.Key][]transit.Item{}
	for _, s := range suspects {
		if s.key.IsZero() {
			return false, nil
		}
		others[s.key] = append(others[s.key], s.says)
	}
	for other, items := range others {
		results, err := t.keys[key].vault.Rewrap(ctx, other, 0, items)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(results, func(r transit.Result) bool { return r.Err != nil }) {
			return false, nil
		}
	}
	return true, nil
}

// test finds out by rewrap which suspects belong to the key. What does not authenticate under it belongs to
// another. One that is older than what the key opens already cannot be told, and has nothing left to lose.
func (t *retirement) test(ctx context.Context, key transit.Key, suspects []suspect) error {
	for some := range slices.Chunk(suspects, maxSuspects) {
		if err := t.testSome(ctx, key, some); err != nil {
			return err
		}
	}
	return nil
}

func (t *retirement) testSome(ctx context.Context, key transit.Key, suspects []suspect) error {
	k := t.keys[key]
	var items []transit.Item
	var places []int
	for i, s := range suspects {
		for _, item := range s.items {
			items, places = append(items, item), append(places, i)
		}
	}
	results, err := k.vault.Rewrap(ctx, key, 0, items)
	if err != nil {
		return fmt.Errorf("test what may be sealed with transit key %s: %w", key, err)
	}
	belongs := make([]bool, len(suspects))
	for n, result := range results {
		switch {
		case result.Err == nil:
			belongs[places[n]] = true
		case errors.Is(result.Err, transit.ErrTampered), errors.Is(result.Err, transit.ErrVersionRetired),
			errors.Is(result.Err, transit.ErrVersionTooNew), errors.Is(result.Err, transit.ErrContextRequired):
		default:
			e := suspects[places[n]].entry
			return fmt.Errorf("test secret %s/%s entry %q: %w", e.Namespace, e.Name, e.Entry, result.Err)
		}
	}
	for i, s := range suspects {
		if belongs[i] {
			k.older(s.entry)
		} else {
			t.tested[s.print] = true
		}
	}
	return nil
}
