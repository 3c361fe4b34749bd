package engine

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// ExpiryRequest says when a sealed Secret expires.
type ExpiryRequest struct {
	Namespace, Name string
	Expires         sealed.Expiry
	DryRun          DryRun
}

// SetExpiry changes when a sealed Secret expires, and no entry, in one conditional write. It does not use Vault. If
// another client changes the same annotation at the same time, the error is a *TouchedError.
func (c *Client) SetExpiry(ctx context.Context, request ExpiryRequest) (result *CreateResult, err error) {
	mine := claimOf(nil, Metadata{}).expiry(request.Expires)
	err = c.retryOnConflict(ctx, writeRetries(), func(ctx context.Context) error {
		live, err := c.store.Get(ctx, request.Namespace, request.Name)
		if err == nil {
			err = checkSealed(live)
		}
		if err == nil {
			secret, _ := sealed.Read(live) // whether an annotation is valid does not matter
			err = mine.check(ctx, nil, live, secret)
		}
		if err == nil {
			result, err = c.annotate(ctx, live, request.Expires, request.DryRun)
		}
		return err
	})
	return result, err
}

// checkSealed fails unless a Secret has a sealed entry.
func checkSealed(live *corev1.Secret) error {
	if !sealed.LooksSealed(live) {
		return fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, ErrNotSealed)
	}
	return nil
}

// ManifestExpiry is SetExpiry for a Secret in a file. It returns the annotations to change, and the changed Secret.
func ManifestExpiry(live *corev1.Secret, expires sealed.Expiry) (map[string]any, *CreateResult, error) {
	change := expiryChange(live, expires)
	annotations := change.AgeAnnotations()
	result := &CreateResult{Secret: change.applied(), Annotated: true, Unchanged: len(annotations) == 0}
	return annotations, result, checkSealed(live)
}

// expiryChange changes only the annotation.
func expiryChange(live *corev1.Secret, expires sealed.Expiry) Change {
	return Change{
		Live: live, As: sealed.Secret{Namespace: live.Namespace, Name: live.Name},
		Age: sealed.AgeChange{Expires: expires},
	}
}

// annotate writes a new expiry of a Secret whose entries stay. It writes nothing if nothing changes.
func (c *Client) annotate(
	ctx context.Context, live *corev1.Secret, expires sealed.Expiry, dryRun DryRun,
) (*CreateResult, error) {
	change := expiryChange(live, expires)
	if len(change.AgeAnnotations()) == 0 {
		return &CreateResult{Secret: live, Unchanged: true}, nil
	}
	result := &CreateResult{Annotated: true}
	c.warnManaged(result, live)
	stored, err := c.write(ctx, change, dryRun)
	result.Secret = stored
	return result, err
}

// annotated is the change of a reseal of entries that already are as requested.
func (r *resealing) annotated() Change {
	change := expiryChange(r.live, r.request.Expires)
	r.result.Annotated = len(change.AgeAnnotations()) > 0
	if !r.result.Annotated {
		r.result.Secret, r.result.Unchanged = r.live, true
	}
	return change
}

// noteExpired notes that a Secret stays expired with its new plaintext, because the request has no new expiry.
func (c *Client) noteExpired(result *CreateResult, change Change) {
	if change.Live == nil || change.Age.SealedAt.IsZero() {
		return
	}
	now := c.now()
	after := sealed.ReadAge(change.applied().Annotations, now)
	if !after.Expires.IsZero() && !after.Expires.After(now) {
		result.Notes = append(result.Notes, fmt.Sprintf("its annotation %s stays, and says that it expired on %s",
			sealed.ExpiresAnnotation, after.Expires.Format("2006-01-02")))
	}
}

// noteKeptAge notes that a manifest in a file keeps when it was sealed, because of the form of its annotations.
func noteKeptAge(result *CreateResult, change Change) {
	want, changed := change.AgeAnnotations()[sealed.SealedAtAnnotation]
	if changed && result.Secret.Annotations[sealed.SealedAtAnnotation] != want {
		result.Notes = append(result.Notes, fmt.Sprintf("the annotation %s is not written: the annotations of the "+
			"manifest have a form that cannot be changed alone", sealed.SealedAtAnnotation))
	}
}
