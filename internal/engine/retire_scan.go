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

// suspect is an entry that may need a version to retire. Vault reports whether it is of the key: everyone who may edit
// the Secret can write its annotations.
type suspect struct {
	entry      OlderEntry
	says       transit.Item // as its annotations say, with the key below
	key        transit.Key  // zero: the annotation names the retired key, or none
	ciphertext transit.Ciphertext
	items      []transit.Item // one for each context that it may have been sealed with
	print      fingerprint    // of all suspects of its Secret under the key that is retired
}

// fingerprint identifies all suspects of a Secret, which may have thousands.
type fingerprint [sha256.Size]byte

// fingerprinted sets the fingerprint of the suspects of one Secret under a key.
func fingerprinted(key transit.Key, of []suspect) []suspect {
	hash := sha256.New()
	for _, s := range of {
		_, _ = fmt.Fprintf(hash, "%s\n%s/%s/%s\n%s\n", key, s.entry.Namespace, s.entry.Name, s.entry.Entry,
			s.ciphertext)
	}
	for i := range of {
		of[i].print = fingerprint(hash.Sum(nil))
	}
	return of
}

// maxSuspects is the maximum number of suspects that are tested at once.
const maxSuspects = 2000

// scan lists every Secret of the cluster, labelled or not, and records with the keys the entries that need a version to
// retire. With raised, the versions are already disabled: a suspect that was not tested before cannot be tested now,
// and makes its key unsure, unless it opens with the key of its annotation.
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

// recheck makes a key with raised versions unsure if new suspects may belong to it. It ignores namespaces that have
// raised a false alarm: they could go on forever.
func (t *retirement) recheck(ctx context.Context, key transit.Key, found []suspect) error {
	k := t.keys[key]
	found = slices.DeleteFunc(found,
		func(s suspect) bool { return t.tested[s.print] || k.falseAlarms[s.entry.Namespace] })
	cleared, err := t.cleared(ctx, key, found)
	if err != nil || !cleared {
		k.unsure = true
		for _, s := range found {
			k.alarms[s.entry.Namespace] = true
		}
	}
	return err
}

// findSuspects finds the suspects of a Secret: for the key of its annotation, else for the configured key of its
// namespace.
func (t *retirement) findSuspects(
	live *corev1.Secret, keys map[transit.Key]*retiring, suspects map[transit.Key][]suspect,
) {
	if t.planned[place(live)] {
		return
	}
	secret, err := sealed.Read(live)
	if err != nil {
		secret.Key, secret.Scope = transit.Key{}, sealed.Unbound // its annotations are not valid
	}
	configured, err := t.client.configuredKey(live.Namespace)
	if err != nil {
		configured = transit.Key{}
	}
	managedBy := t.client.store.ManagedBy(live)
	var ofSaid, ofConfigured []suspect
	for _, entry := range secret.Entries {
		version := entry.Ciphertext.Version()
		older := OlderEntry{
			Namespace: live.Namespace, Name: live.Name, Entry: entry.Name, Version: version, ManagedBy: managedBy,
		}
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

// possibleItems are an entry's items with each context that it may have been sealed with: its own if it has one, else
// that of any scope.
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

// cleared reports whether all suspects belong to other keys, because they open with the key of their annotation. An
// error leaves that open.
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

// test finds out by rewrap which suspects belong to the key. A suspect that does not authenticate belongs to another
// key. One that is older than the oldest version that opens cannot be tested, and retiring changes nothing for it.
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
