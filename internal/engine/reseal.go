package engine

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// ResealRequest says how to seal a sealed Secret again.
type ResealRequest struct {
	Namespace, Name string
	// From is the transit key of a Secret without the annotation; zero: it has one.
	From transit.Key
	// To is the new key; zero: the same, which From or the configuration must name.
	To transit.Key
	// Scope is the new scope. Unbound: the one that Vault proves, else Strict if the new key is derived.
	Scope    sealed.Scope
	ReadBack bool // open the new ciphertexts and compare, before the write
	DryRun   DryRun
}

// Reseal opens all entries of a Secret and seals them with another transit key or scope, in one write with the
// resourceVersion. The plaintext is in this process during that time. If anything fails before the write, nothing has
// changed. If nothing would differ, Reseal does not write.
func (c *Client) Reseal(ctx context.Context, request ResealRequest) (*CreateResult, error) {
	v := c.vault(request.Namespace)
	keyOf := func(secret sealed.Secret) (transit.Key, error) {
		switch {
		case secret.Annotated() && !request.From.IsZero() && request.From != secret.Key:
			return secret.Key, &KeyMismatchError{
				Namespace: secret.Namespace, Name: secret.Name, Annotated: secret.Key, Wanted: request.From,
			}
		case secret.Annotated() && request.To.IsZero() && request.From.IsZero():
			return c.keyToSeal(secret) // the key stays, and only the annotation names it
		case secret.Annotated():
			return secret.Key, nil
		case request.From.IsZero():
			return secret.Key, ErrNoTransitKey
		}
		return request.From, nil
	}
	live, before, err := c.changeable(ctx, v, request.Namespace, request.Name, keyOf)
	if err != nil {
		return nil, err
	}
	result := &CreateResult{}
	c.warnManaged(result, live)
	after, plaintexts, err := c.resealed(ctx, v, before, request)
	if err != nil {
		return nil, err
	}
	said := Change{Live: live, As: after}
	if after.Key == before.Key && after.Scope == before.Scope && len(said.annotations())+len(said.labels()) == 0 {
		result.Secret, result.Unchanged = live, true
		return result, nil
	}
	result.TransitKey = after.Key
	s := sealing{plan: plan{live: live, before: after, seal: plaintexts}, result: result}
	switch {
	case after.Scope == sealed.Unbound:
		s.note(noteUnbound, after.Key)
	case request.Scope == sealed.Unbound && before.Scope != sealed.Unbound && before.Scope != after.Scope:
		s.note("sealed with scope %s: its annotation said %s, but transit key %s is not derived, so it was bound to "+
			"nothing",
			after.Scope, before.Scope, before.Key)
	}
	if err := c.checkLiveMetadata(s.plan); err != nil {
		return nil, err
	}
	ciphertexts, err := encrypt(ctx, v, s.plan, after)
	if err == nil && request.ReadBack {
		err = readBack(ctx, v, s, after, ciphertexts)
	}
	if err != nil {
		return nil, fmt.Errorf("seal secret %s/%s: %w", live.Namespace, live.Name, err)
	}
	result.Secret, err = c.write(ctx, Change{Live: live, As: after, Set: ciphertexts}, request.DryRun)
	if err != nil {
		return nil, err
	}
	return result, nil
}

// changeable reads a Secret during the login. All its entries must be sealed, and its values replaceable. keyOf returns
// its key.
func (c *Client) changeable(
	ctx context.Context, v vault, namespace, name string, keyOf func(sealed.Secret) (transit.Key, error),
) (live *corev1.Secret, secret sealed.Secret, err error) {
	err = alongsideLogin(ctx, v, func(ctx context.Context) (err error) {
		if live, err = c.store.Get(ctx, namespace, name); err != nil {
			return err
		}
		if err := sealed.CheckReplaceable(live); err != nil {
			return &NotReplaceableError{Namespace: namespace, Name: name, Reason: err}
		}
		if secret, err = readSealed(live); err != nil {
			return err
		}
		if !secret.IsSealed() {
			return fmt.Errorf("secret %s/%s: %w", namespace, name, ErrNotSealed)
		}
		if secret.Key, err = keyOf(secret); err != nil {
			return fmt.Errorf("secret %s/%s: %w", namespace, name, err)
		}
		return nil
	})
	return live, secret, err
}

// resealed opens the Secret, and decides how to seal it.
func (c *Client) resealed(
	ctx context.Context, v vault, before sealed.Secret, request ResealRequest,
) (sealed.Secret, map[string][]byte, error) {
	after := before
	if !request.To.IsZero() {
		after.Key = request.To
	}
	info, err := v.Key(ctx, after.Key)
	if err == nil {
		err = info.CheckSealing()
	}
	if err == nil {
		after.Scope, err = (&plan{}).scope(request.Scope, info)
	}
	if err != nil {
		return after, nil, fmt.Errorf("seal secret %s/%s: %w", before.Namespace, before.Name, err)
	}
	if request.Scope != sealed.Unbound || !info.Derived {
		plaintexts, err := c.openEntries(ctx, v, before, before.Entries)
		return after, plaintexts, err
	}
	if after.Key == before.Key {
		c.derived.add(before.Key) // its metadata says so
	}
	plaintexts, proven, err := c.openProving(ctx, v, before, before.Entries)
	if proven {
		after.Scope = before.Scope // otherwise anyone may have written the annotation
	}
	return after, plaintexts, err
}
