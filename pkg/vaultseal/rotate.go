package vaultseal

import (
	"context"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// RotateRequest says what to rotate.
type RotateRequest struct {
	Selection
	// RewrapOnly makes no new key version.
	RewrapOnly bool
	// DryRun reports what would be done. No key is rotated; with DryRunServer
	// the API server checks each write.
	DryRun DryRun
}

// Rotate makes a new version of each transit key once and rewraps every Secret
// in view that is older, with one conditional write a Secret. Plaintext never
// leaves Vault.
//
// The keys it rotates are the configured one, or where there is one for each
// namespace those of the namespaces in view, and those of Secrets that are named. What is merely annotated is rewrapped: who
// may edit a Secret must not choose what gets rotated.
//
// The report is complete as far as it goes, also beside an error.
func (c *Client) Rotate(ctx context.Context, request RotateRequest) (*RotationReport, error) {
	r := &rotation{client: c, request: request, report: newRotationRecord(request.dry())}
	p := &pass{client: c, selection: request.Selection, also: r.also, check: r.check, prepare: r.prepare, wants: r.wants, finish: r.finish}
	err := p.run(ctx)
	return r.report.finish(request.Selection), err
}

type rotation struct {
	client  *Client
	request RotateRequest
	report  *rotationRecord
}

// also is the configured key, which is rotated as soon as anything is in view.
// One for each namespace is rotated only where a Secret is sealed with it.
func (r *rotation) also(namespace string) []transit.Key {
	if r.request.RewrapOnly || len(r.request.Names) > 0 || r.client.keys.PerNamespace() {
		return nil
	}
	if key, err := r.client.configuredKey(namespace); err == nil {
		return []transit.Key{key}
	}
	return nil
}

// check leaves alone what cannot be rewrapped, before any key is rotated for it.
func (r *rotation) check(w *work) error {
	switch {
	case immutable(w.live):
		return skipImmutable
	case len(w.secret.Unsealed()) < len(w.secret.Entries):
		return nil
	case len(r.request.Names) > 0:
		return fmt.Errorf("secret %s/%s: %w", w.secret.Namespace, w.secret.Name, ErrNotSealed)
	}
	return skipNotSealed
}

// prepare reads the key and rotates it where that was asked for.
func (r *rotation) prepare(ctx context.Context, state *keyState, namespace string) error {
	defer r.report.key(state) // also beside an error
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
	if r.rotates(state.key, namespace) && !state.rotated {
		if err := r.rotate(ctx, state); err != nil {
			return err
		}
	}
	return nil
}

func (r *rotation) rotates(key transit.Key, namespace string) bool {
	if r.request.RewrapOnly {
		return false
	}
	if len(r.request.Names) > 0 {
		return true
	}
	configured, err := r.client.configuredKey(namespace)
	return err == nil && configured == key
}

func (r *rotation) rotate(ctx context.Context, state *keyState) error {
	if r.request.dry() {
		state.target, state.rotated = state.from+1, true
		return nil
	}
	info, err := state.vault.Rotate(ctx, state.info)
	if err != nil {
		return err
	}
	state.info, state.target, state.rotated = info, info.LatestVersion, true
	return nil
}

func (r RotateRequest) dry() bool { return r.DryRun == DryRunClient || r.DryRun == DryRunServer }

// wants sends to Vault what is older than the target. A Secret that does not
// say which key it has is sent whole: it is annotated only when all of it
// proves to be sealed with that key.
func (r *rotation) wants(w *work, entry sealed.Entry) bool {
	return !r.request.dry() && (!w.secret.Annotated() || entry.Ciphertext.Version() < w.target)
}
