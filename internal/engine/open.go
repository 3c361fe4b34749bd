package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Open opens all entries of a Secret and returns their plaintext by data key. It fails if one entry is not sealed
// (ErrNotSealed) or does not open (ErrTampered, ErrVersionRetired, …), and then returns none.
func (c *Client) Open(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	_, opened, err := c.open(ctx, namespace, name, allEntries)
	return opened, err
}

func allEntries(secret sealed.Secret) ([]sealed.Entry, error) {
	if len(secret.Entries) == 0 {
		return nil, fmt.Errorf("%w: it has no entries", ErrNotSealed)
	}
	return secret.Entries, nil
}

// OpenEntry opens one entry of a Secret. If the entry does not exist it fails with kube.ErrNotFound too.
func (c *Client) OpenEntry(ctx context.Context, namespace, name, entry string) ([]byte, error) {
	opened, err := c.OpenEntries(ctx, namespace, name, []string{entry})
	return opened[entry], err
}

// OpenEntries opens some entries of a Secret, all of them or none, in one request. If one does not exist it fails with
// kube.ErrNotFound too.
func (c *Client) OpenEntries(ctx context.Context, namespace, name string, entries []string) (map[string][]byte, error) {
	_, opened, err := c.open(ctx, namespace, name, func(secret sealed.Secret) ([]sealed.Entry, error) {
		picked := make([]sealed.Entry, len(entries))
		for n, entry := range entries {
			found, ok := secret.Entry(entry)
			if !ok {
				return nil, &EntryNotFoundError{Entry: entry, Entries: secret.Names()}
			}
			picked[n] = found
		}
		return picked, nil
	})
	return opened, err
}

// OpenSecret opens all entries, as Open does, and returns the plaintext Secret as it was before sealing: with its
// original type and without the metadata of the live object.
func (c *Client) OpenSecret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	live, opened, err := c.open(ctx, namespace, name, allEntries)
	if err != nil {
		return nil, err
	}
	plain := &corev1.Secret{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, Labels: maps.Clone(live.Labels),
			Annotations: maps.Clone(live.Annotations),
		},
		Type: sealed.PlaintextType(live),
		Data: opened,
	}
	maps.DeleteFunc(plain.Labels, sealed.IsMetadata)
	maps.DeleteFunc(plain.Annotations, sealed.IsMetadata)
	return plain, nil
}

// open opens the entries of a live Secret that pick returns.
func (c *Client) open(
	ctx context.Context, namespace, name string, pick func(sealed.Secret) ([]sealed.Entry, error),
) (*corev1.Secret, map[string][]byte, error) {
	v := c.vault(namespace)
	var live *corev1.Secret
	var secret sealed.Secret
	var entries []sealed.Entry
	err := alongsideLogin(ctx, v, func(ctx context.Context) (err error) {
		if live, err = c.store.Get(ctx, namespace, name); err != nil {
			return err
		}
		if secret, err = readSealed(live); err != nil {
			return err
		}
		if entries, err = pick(secret); err != nil {
			return fmt.Errorf("secret %s/%s: %w", namespace, name, err)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	opened, err := c.decrypt(ctx, v, secret, entries)
	return live, opened, err
}

// decrypt opens entries of a Secret, all of them or none, with the checks of the Client's options.
func (c *Client) decrypt(
	ctx context.Context, v vault, secret sealed.Secret, entries []sealed.Entry,
) (map[string][]byte, error) {
	key, err := c.keyOf(secret)
	if err == nil && !secret.Scope.Covers(c.leastScope) {
		err = &ScopeError{Scope: secret.Scope, Least: c.leastScope}
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	secret.Key = key
	if c.leastScope == sealed.Unbound {
		return c.openEntries(ctx, v, secret, entries)
	}
	opened, derived, err := c.openProving(ctx, v, secret, entries)
	if err == nil && !derived {
		scope := &ScopeError{Scope: secret.Scope, Least: c.leastScope, NotDerived: key}
		return nil, fmt.Errorf("secret %s/%s: %w", secret.Namespace, secret.Name, scope)
	}
	return opened, err
}

// openEntries opens entries of a Secret with its key, all of them or none.
func (c *Client) openEntries(
	ctx context.Context, v vault, secret sealed.Secret, entries []sealed.Entry,
) (map[string][]byte, error) {
	if err := allSealed(secret, entries); err != nil {
		return nil, err
	}
	results, err := v.Decrypt(ctx, secret.Key, secret.Items(entries))
	if err != nil {
		return nil, c.explain(secret, fmt.Errorf("open secret %s/%s: %w", secret.Namespace, secret.Name, err),
			sealed.Place{})
	}
	return c.plaintexts(ctx, v, secret, opening{entries, results})
}

func allSealed(secret sealed.Secret, entries []sealed.Entry) error {
	for _, entry := range entries {
		if !entry.Sealed() {
			return entryError("open", secret, entry.Name, ErrNotSealed)
		}
	}
	return nil
}

// opening are entries and Vault's results for them.
type opening struct {
	entries []sealed.Entry
	results []transit.Result
}

// plaintexts are the plaintexts of entries from Vault's results, all of them or none.
func (c *Client) plaintexts(
	ctx context.Context, v vault, secret sealed.Secret, o opening,
) (map[string][]byte, error) {
	opened := make(map[string][]byte, len(o.entries))
	for i, entry := range o.entries {
		if err := o.results[i].Err; err != nil {
			var from sealed.Place
			if errors.Is(err, transit.ErrUnauthentic) {
				from = c.origin(ctx, v, secret, entry)
			}
			return nil, c.explain(secret, entryError("open", secret, entry.Name, err), from)
		}
		opened[entry.Name] = o.results[i].Plaintext
	}
	return opened, nil
}

func readSealed(live *corev1.Secret) (sealed.Secret, error) {
	secret, err := sealed.Read(live)
	if err != nil {
		return secret, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, err)
	}
	return secret, nil
}

// entryError adds to an error the entry of a Secret that it is about.
func entryError(verb string, secret sealed.Secret, entry string, err error) error {
	return &failedEntryError{entry: entry, err: fmt.Errorf("%s secret %s/%s entry %q: %w",
		verb, secret.Namespace, secret.Name, entry, err)}
}

type failedEntryError struct {
	entry string
	err   error
}

func (e *failedEntryError) Error() string { return e.err.Error() }
func (e *failedEntryError) Unwrap() error { return e.err }

// failedEntries are the entries that an error is about; none if it is about the whole Secret.
func failedEntries(err error) []EntryFailure {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case *failedEntryError:
		return []EntryFailure{{Entry: e.entry, Reason: e.Error()}}
	case interface{ Unwrap() error }:
		return failedEntries(e.Unwrap())
	case interface{ Unwrap() []error }:
		var failures []EntryFailure
		for _, part := range e.Unwrap() {
			failures = append(failures, failedEntries(part)...)
		}
		return failures
	}
	return nil
}
