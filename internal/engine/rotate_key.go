package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// extraKeys is the configured key, which is rotated if any Secret is in view. A key for each namespace is rotated only
// if a Secret is sealed with it.
func (r *rotation) extraKeys(namespace string) []transit.Key {
	if r.request.RewrapOnly || len(r.request.Names) > 0 || r.client.keys.PerNamespace() {
		return nil
	}
	if key, err := r.client.configuredKey(namespace); err == nil {
		return []transit.Key{key}
	}
	return nil
}

// prepare reads the key and rotates it, if the request asks for that.
func (r *rotation) prepare(ctx context.Context, state *keyState, of namespaceTasks) error {
	defer r.report.key(state) // also with an error
	state.owned = state.owned || r.owns(state.key, of.namespace)
	if state.target == 0 {
		info, err := state.vault.Key(ctx, state.key)
		if err != nil {
			return err
		}
		if err := info.CheckSealing(); err != nil {
			return err
		}
		state.info, state.from, state.target = info, info.LatestVersion, info.LatestVersion
	}
	if !state.owned || r.request.RewrapOnly || state.rotated {
		return nil
	}
	due, err := r.due(state)
	if err != nil || !due {
		return err
	}
	if r.needsProof() {
		proven, err := r.proven(ctx, state, of)
		state.unproven = err == nil && !proven
		if err != nil || !proven {
			return err
		}
	}
	return r.rotate(ctx, state)
}

// owns reports whether a key may be rotated and retired: the configured key of the namespace, or the key of a named
// Secret.
func (r *rotation) owns(key transit.Key, namespace string) bool {
	if len(r.request.Names) > 0 {
		return true
	}
	configured, err := r.client.configuredKey(namespace)
	return err == nil && configured == key
}

// due reports whether the key's latest version is old enough to rotate the key.
func (r *rotation) due(state *keyState) (bool, error) {
	if r.before.IsZero() {
		return true, nil
	}
	created, known := state.info.LatestCreated()
	if !known {
		return false, fmt.Errorf("transit key %s: %w", state.key, errAgeUnknown)
	}
	state.young = !created.Before(r.before)
	return !state.young, nil
}

var errAgeUnknown = errors.New("vault does not say when its latest version was made")

// createdBefore is the time before which the latest version of a key must have been created for the key to be rotated.
// An age counts from now, so that it does not depend on how long the rotation takes. Vault counts in whole seconds.
func (r RotateRequest) createdBefore(now time.Time) time.Time {
	before := r.IfCreatedBefore
	if whole := before.Truncate(time.Second); whole.Before(before) {
		before = whole.Add(time.Second)
	}
	if r.IfOlderThan > 0 {
		if aged := now.Add(-r.IfOlderThan).Truncate(time.Second).Add(time.Second); before.IsZero() ||
			aged.Before(before) {
			before = aged
		}
	}
	return before
}

// rotate creates a new version of the key. Like a write, it continues after an interrupt.
func (r *rotation) rotate(ctx context.Context, state *keyState) error {
	if r.request.dry() {
		state.target, state.rotated = state.from+1, true
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	began := state.info.AsOf
	if began.IsZero() { // a proxy has removed Vault's time
		began = time.Now().UTC()
	}
	info, err := state.vault.Rotate(r.finishing, state.info)
	if err != nil {
		state.unknown = errors.Is(err, transit.ErrRotationUnknown) || errors.Is(err, transit.ErrNotCurrent)
		if state.unknown {
			state.since = began
		}
		return err
	}
	for version := state.from + 1; version <= info.LatestVersion; version++ {
		if created, known := info.Created[version]; known && (state.since.IsZero() || created.Before(state.since)) {
			state.since = created
		}
	}
	if state.since.IsZero() { // Vault does not tell
		state.since = began
	}
	state.info, state.target, state.rotated = info, info.LatestVersion, true
	return nil
}
