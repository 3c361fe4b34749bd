package engine

import (
	"context"
	"sync"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// boundProof reports whether the entries of a Secret open only at their place.
type boundProof struct {
	scope   sealed.Scope // of the annotation
	derived bool
	err     error // why derived is not known
}

// unbound reports whether entries also open elsewhere.
func (p boundProof) unbound() bool { return p.err == nil && (p.scope == sealed.Unbound || !p.derived) }

// keyProof is the result of a decoy for a transit key.
type keyProof struct {
	mu      sync.Mutex
	known   bool
	derived bool
	err     error
}

// proveBound finds out whether the key of a Secret is derived: from the key's metadata, or, if the role may not read
// them and the request needs it, by the rewrap of a decoy. That is one request for each key. Its error ends the pass.
func (v *verification) proveBound(ctx context.Context, t *task) error {
	t.proof = boundProof{scope: t.secret.Scope, derived: true}
	if t.err != nil || t.state == nil || t.secret.Scope == sealed.Unbound {
		return nil
	}
	if t.state.info.LatestVersion > 0 {
		t.proof.derived = t.state.info.Derived
		return nil
	}
	entries := t.opened()
	if !v.request.scopeMatters() || len(entries) == 0 {
		return nil
	}
	p := &t.state.proof
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known {
		derived, err := t.derivedByRewrap(ctx, smallestFirst(entries)[0])
		if fatal(err) {
			return err
		}
		p.known, p.derived, p.err = true, derived, err
	}
	t.proof.derived, t.proof.err = p.derived, p.err
	return nil
}

// opened are the entries that Vault has rewrapped.
func (t *task) opened() []sealed.Entry {
	var opened []sealed.Entry
	for i, entry := range t.secret.Entries {
		if entry.Sealed() && t.results[i].Err == nil {
			opened = append(opened, entry)
		}
	}
	return opened
}

// derivedByRewrap proves whether the key is derived, with an entry that opens. No plaintext leaves Vault.
func (t *task) derivedByRewrap(ctx context.Context, entry sealed.Entry) (bool, error) {
	results, err := t.vault.Rewrap(ctx, t.state.key, 0, []transit.Item{t.secret.Item(entry), sealed.DecoyItem(entry)})
	if err = ofKey(ctx, t.vault, err); err != nil {
		return false, err
	}
	if err := results[0].Err; err != nil {
		return false, entryError("rewrap", t.secret, entry.Name, err)
	}
	return derivedBy(t.state.key, results[1].Err)
}
