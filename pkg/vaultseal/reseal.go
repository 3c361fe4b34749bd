package vaultseal

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// ResealRequest says how a sealed Secret is to be sealed from now on.
type ResealRequest struct {
	Namespace, Name string
	// From is the transit key of a Secret that does not say it; zero: it says so.
	From transit.Key
	// To is the key to seal with; zero: the same.
	To transit.Key
	// Scope to seal with. Unbound: the one that it has, or Strict where the new key can and the old one could not.
	Scope    sealed.Scope
	ReadBack bool // open the new ciphertexts and compare, before the write
	DryRun   DryRun
}

// Reseal opens all entries of a Secret and seals them with another transit key or scope, in one conditional write.
// Plaintext is in this process meanwhile. When anything fails before the write, nothing has been changed; where
// nothing would differ, nothing is written.
func (c *Client) Reseal(ctx context.Context, request ResealRequest) (*CreateResult, error) {
	v := c.vault(request.Namespace)
	var live *corev1.Secret
	var before sealed.Secret
	err := beside(ctx, v, func(ctx context.Context) (err error) {
		if live, err = c.get(ctx, request.Namespace, request.Name); err != nil {
			return err
		}
		before, err = resealable(live, request.From)
		return err
	})
	if err != nil {
		return nil, err
	}
	result := &CreateResult{}
	if by := sealed.ManagedBy(live); by != "" {
		result.Warnings = append(result.Warnings, fmt.Sprintf("secret %s/%s is managed by %s, which may put the old ciphertext back", live.Namespace, live.Name, by))
	}
	after, plaintexts, err := c.resealed(ctx, v, before, request)
	if err != nil {
		return nil, err
	}
	if said := (change{live: live, as: after}); after.Key == before.Key && after.Scope == before.Scope && len(said.annotations())+len(said.labels()) == 0 {
		result.Secret = live
		result.Notes = append(result.Notes, fmt.Sprintf("secret %s/%s is sealed so already: nothing was written", live.Namespace, live.Name))
		return result, nil
	}
	s := sealing{plan: plan{live: live, before: after, seal: plaintexts}, request: CreateRequest{ReadBack: request.ReadBack}, result: result}
	if after.Scope == sealed.Unbound {
		s.note(noteUnbound, after.Key)
	}
	ciphertexts, err := encrypt(ctx, v, s.plan, after)
	if err == nil && request.ReadBack {
		err = readBack(ctx, v, s, after, ciphertexts)
	}
	if err != nil {
		return nil, fmt.Errorf("seal secret %s/%s: %w", live.Namespace, live.Name, err)
	}
	result.Secret, err = c.write(ctx, change{live: live, as: after, set: ciphertexts}, request.DryRun)
	if err != nil {
		return nil, err
	}
	return result, nil
}

// resealable is a live Secret all of whose entries are sealed, with the key that they are sealed with.
func resealable(live *corev1.Secret, from transit.Key) (sealed.Secret, error) {
	if err := sealed.CheckReplaceable(live); err != nil {
		return sealed.Secret{}, &NotReplaceableError{Namespace: live.Namespace, Name: live.Name, Reason: err}
	}
	secret, err := readSealed(live)
	switch {
	case err != nil:
		return secret, err
	case !secret.IsSealed():
		return secret, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, ErrNotSealed)
	case !secret.Annotated() && from.IsZero():
		return secret, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, ErrNoTransitKey)
	case secret.Annotated() && !from.IsZero() && from != secret.Key:
		return secret, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, &KeyMismatchError{Annotated: secret.Key, Wanted: from})
	case !secret.Annotated():
		secret.Key = from
	}
	return secret, nil
}

// resealed opens the Secret, and says how it is to be sealed.
func (c *Client) resealed(ctx context.Context, v vault, before sealed.Secret, request ResealRequest) (sealed.Secret, map[string][]byte, error) {
	after := before
	if !request.To.IsZero() {
		after.Key = request.To
	}
	info, err := v.Key(ctx, after.Key)
	if err == nil {
		err = info.CheckSealing()
	}
	if err == nil {
		asked := request.Scope
		if asked == sealed.Unbound && info.Derived {
			asked = before.Scope
		}
		after.Scope, err = (&plan{}).scope(asked, info)
	}
	if err != nil {
		return after, nil, fmt.Errorf("seal secret %s/%s: %w", before.Namespace, before.Name, err)
	}
	plaintexts, err := openEntries(ctx, v, before, before.Entries)
	return after, plaintexts, err
}
