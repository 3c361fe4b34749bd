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
	// SealedAs is the place that the entries were sealed for, if a tool has renamed or copied the Secret. An empty
	// namespace or name is that of the Secret.
	SealedAs sealed.Place
	// ToPlace is the place to seal for. An empty namespace or name is that of the Secret.
	ToPlace sealed.Place
	// From is the transit key of a Secret without the annotation; zero: it has one.
	From transit.Key
	// To is the new key. Zero: the same, which From or the configuration must name; if the entries leave their
	// namespace, the configured key of the new one.
	To transit.Key
	// Scope is the new scope. Unbound: the one that Vault proves, else Strict if the new key is derived.
	Scope    sealed.Scope
	Expires  sealed.Expiry
	ReadBack bool // open the new ciphertexts and compare, before the write
	DryRun   DryRun
}

// opensAs is the Secret at the place that its entries were sealed for.
func (r ResealRequest) opensAs(secret sealed.Secret) sealed.Secret { return at(secret, r.SealedAs) }

// sealsAs is the Secret at the place to seal for.
func (r ResealRequest) sealsAs(secret sealed.Secret) sealed.Secret { return at(secret, r.ToPlace) }

func at(secret sealed.Secret, place sealed.Place) sealed.Secret {
	if place.Namespace != "" {
		secret.Namespace = place.Namespace
	}
	if place.Name != "" {
		secret.Name = place.Name
	}
	return secret
}

// crosses reports whether the entries leave their namespace.
func (r ResealRequest) crosses(secret sealed.Secret) bool {
	return r.opensAs(secret).Namespace != r.sealsAs(secret).Namespace
}

// Reseal opens all entries of a Secret and seals them with another transit key or scope, in one write with the
// resourceVersion. The plaintext is in this process during that time. If anything fails before the write, nothing has
// changed. If nothing would differ, Reseal does not write. ToPlace must be empty: see Move.
func (c *Client) Reseal(ctx context.Context, request ResealRequest) (*CreateResult, error) {
	r, err := c.readToReseal(ctx, request)
	if err != nil {
		return nil, err
	}
	change, err := c.reseal(ctx, r)
	if err != nil || r.result.Unchanged {
		return r.result, err
	}
	s := r.sealing(plan{live: r.live, before: r.before, seal: r.plaintexts})
	if r.result.Secret, err = c.writeSealed(ctx, s, change, request.DryRun); err != nil {
		return nil, err
	}
	return r.result, nil
}

// resealing is a Reseal or a Move after it has read the Secret.
type resealing struct {
	request ResealRequest
	live    *corev1.Secret
	before  sealed.Secret // at the place that its entries were sealed for, with the key to open with
	result  *CreateResult

	after      sealed.Secret // at the place to seal for, with its key and scope
	plaintexts map[string][]byte
	mustOpen   bool // what is sealed replaces something that is deleted
}

// readToReseal reads the Secret during the login.
func (c *Client) readToReseal(ctx context.Context, request ResealRequest) (*resealing, error) {
	secret := sealed.Secret{Namespace: request.Namespace, Name: request.Name}
	v := c.vault(request.opensAs(secret).Namespace)
	live, before, err := c.changeable(ctx, v, request.Namespace, request.Name, c.keyToOpen(request))
	if err != nil {
		return nil, err
	}
	result := &CreateResult{}
	c.warnManaged(result, live)
	return &resealing{request: request, live: live, before: request.opensAs(before), result: result}, nil
}

// keyToOpen returns the key that a Secret is opened with.
func (c *Client) keyToOpen(request ResealRequest) func(sealed.Secret) (transit.Key, error) {
	return func(secret sealed.Secret) (transit.Key, error) {
		switch {
		case secret.Annotated() && !request.From.IsZero() && request.From != secret.Key:
			return secret.Key, &KeyMismatchError{
				Namespace: secret.Namespace, Name: secret.Name, Annotated: secret.Key, Wanted: request.From,
			}
		case secret.Annotated() && request.To.IsZero() && request.From.IsZero() && !request.crosses(secret):
			return c.keyToSeal(request.sealsAs(secret)) // the key stays, and only the annotation names it
		case secret.Annotated():
			return secret.Key, nil
		case request.From.IsZero():
			return secret.Key, ErrNoTransitKey
		}
		return request.From, nil
	}
}

// reseal opens the Secret and seals its entries. It writes nothing.
func (c *Client) reseal(ctx context.Context, r *resealing) (Change, error) {
	if err := c.openToReseal(ctx, r); err != nil {
		return Change{}, err
	}
	said := Change{Live: r.live, As: r.after}
	moved := r.before.Namespace != r.after.Namespace || r.before.Name != r.after.Name
	if r.after.Key == r.before.Key && r.after.Scope == r.before.Scope && !moved &&
		len(said.annotations())+len(said.labels()) == 0 {
		return r.annotated(), nil
	}
	ciphertexts, err := c.sealAgain(ctx, r, plan{live: r.live, before: r.before, seal: r.plaintexts})
	return Change{Live: r.live, As: r.after, Set: ciphertexts, Age: sealed.AgeChange{Expires: r.request.Expires}}, err
}

func (r *resealing) sealing(p plan) sealing {
	return sealing{
		plan: p, request: CreateRequest{ReadBack: r.request.ReadBack}, result: r.result, mustOpen: r.mustOpen,
	}
}

// sealAgain seals the plaintexts, and opens them again if the request asks for it.
func (c *Client) sealAgain(ctx context.Context, r *resealing, p plan) (map[string]transit.Ciphertext, error) {
	r.result.TransitKey = r.after.Key
	s := r.sealing(p)
	switch request := r.request; {
	case r.after.Scope == sealed.Unbound:
		s.note(noteUnbound, r.after.Key)
	case request.Scope == sealed.Unbound && r.before.Scope != sealed.Unbound && r.before.Scope != r.after.Scope:
		s.note("sealed with scope %s: its annotation said %s, but transit key %s is not derived, so it was bound to "+
			"nothing", r.after.Scope, r.before.Scope, r.before.Key)
	}
	if err := c.checkLiveMetadata(p); err != nil {
		return nil, err
	}
	ciphertexts, err := s.encrypt(ctx, c.vault(r.after.Namespace), r.after)
	if err != nil {
		return nil, fmt.Errorf("seal secret %s/%s: %w", r.after.Namespace, r.after.Name, err)
	}
	return ciphertexts, nil
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
		secret, err = readChangeable(live, keyOf)
		return err
	})
	return live, secret, err
}

// readChangeable reads a sealed Secret whose values can be replaced.
func readChangeable(
	live *corev1.Secret, keyOf func(sealed.Secret) (transit.Key, error),
) (secret sealed.Secret, err error) {
	if err := sealed.CheckReplaceable(live); err != nil {
		return secret, &NotReplaceableError{Namespace: live.Namespace, Name: live.Name, Reason: err}
	}
	if secret, err = readSealed(live); err != nil {
		return secret, err
	}
	if !secret.IsSealed() {
		return secret, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, ErrNotSealed)
	}
	if secret.Key, err = keyOf(secret); err != nil {
		return secret, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, err)
	}
	return secret, nil
}

// openToReseal decides how to seal the Secret, and opens it.
func (c *Client) openToReseal(ctx context.Context, r *resealing) error {
	request, before := r.request, r.before
	r.after = request.sealsAs(at(before, sealed.Place{Namespace: r.live.Namespace, Name: r.live.Name}))
	info, err := c.keyToResealWith(ctx, r)
	if err != nil {
		return fmt.Errorf("seal secret %s/%s: %w", r.after.Namespace, r.after.Name, err)
	}
	v := c.vault(before.Namespace)
	if request.Scope != sealed.Unbound || !info.Derived {
		r.plaintexts, err = c.openEntries(ctx, v, before, before.Entries)
		return err
	}
	if r.after.Key == before.Key {
		c.derived.add(before.Key) // its metadata says so
	}
	plaintexts, proven, err := c.openProving(ctx, v, before, before.Entries)
	if proven {
		r.after.Scope = before.Scope // otherwise anyone may have written the annotation
	}
	r.plaintexts = plaintexts
	return err
}

// keyToResealWith sets the new key, and the scope without what opening proves.
func (c *Client) keyToResealWith(ctx context.Context, r *resealing) (info transit.KeyInfo, err error) {
	switch {
	case !r.request.To.IsZero():
		r.after.Key = r.request.To
	case r.before.Namespace != r.after.Namespace:
		if r.after.Key, err = c.configuredKey(r.after.Namespace); err != nil {
			return info, err
		}
	}
	if info, err = c.vault(r.after.Namespace).Key(ctx, r.after.Key); err != nil {
		return info, err
	}
	if err = info.CheckSealing(); err != nil {
		return info, err
	}
	r.after.Scope, err = (&plan{}).scope(r.request.Scope, info)
	return info, err
}
