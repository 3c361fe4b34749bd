package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// MoveResult is the result of a Move.
type MoveResult struct {
	CreateResult

	// Deleted reports whether the old Secret was deleted, or with a dry run would be.
	Deleted bool
}

// deleter is a Store whose Secrets can be deleted.
type deleter interface {
	// Delete deletes a Secret on condition that it is still as it was read.
	Delete(ctx context.Context, live *corev1.Secret, dryRun DryRun) error
}

// errSamePlace protects a Secret from being taken for its own copy, and deleted.
var errSamePlace = errors.New("it cannot be moved to where it is")

var errNoDelete = errors.New("a Secret in a file cannot be deleted")

// Move seals a sealed Secret for ToPlace, and creates it there with the type, the labels and the annotations of the old
// one, except those of tools. It opens what it sealed and compares it before the write. With remove, it then deletes
// the old Secret, if neither has changed meanwhile.
//
// A Secret that exists at the new place is an error (*TargetExistsError), unless it is what Move would create: then
// Move only sets a new expiry, and deletes the old one. One that is being deleted is an error (*TargetDeletingError).
// So a Move that was killed leaves both Secrets, and running it again finishes it.
func (c *Client) Move(ctx context.Context, request ResealRequest, remove bool) (result *MoveResult, err error) {
	request.ReadBack = request.ReadBack || remove
	err = c.retryOnConflict(ctx, writeRetries(), func(ctx context.Context) error {
		result, err = c.moveOnce(ctx, request, remove)
		return err
	})
	return result, err
}

// moveOnce is one attempt.
func (c *Client) moveOnce(ctx context.Context, request ResealRequest, remove bool) (*MoveResult, error) {
	r, err := c.readToReseal(ctx, request)
	if err != nil {
		return nil, err
	}
	r.mustOpen = remove
	r.result.Warnings = nil // about a write to the old Secret
	if to := request.sealsAs(sealed.Secret{Namespace: r.live.Namespace, Name: r.live.Name}); to.Namespace ==
		r.live.Namespace && to.Name == r.live.Name {
		return nil, fmt.Errorf("secret %s/%s: %w", r.live.Namespace, r.live.Name, errSamePlace)
	}
	if err := c.openToReseal(ctx, r); err != nil {
		return nil, err
	}
	made, err := c.createMoved(ctx, r, remove)
	if err != nil {
		return nil, err
	}
	result := &MoveResult{CreateResult: *r.result, Deleted: remove}
	if by := c.store.ManagedBy(r.live); remove && by != "" {
		result.Warnings = append(result.Warnings, fmt.Sprintf(
			"secret %s/%s is managed by %s, which may create it again: move its manifest too",
			r.live.Namespace, r.live.Name, by))
	}
	if !remove || request.DryRun != DryRunNone && request.DryRun != "" {
		return result, nil
	}
	if err := c.deleteMoved(ctx, r, made); err != nil {
		return nil, err
	}
	if finalizers := r.live.Finalizers; len(finalizers) > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf(
			"secret %s/%s is marked as deleted, and stays until its finalizers are removed: %s",
			r.live.Namespace, r.live.Name, strings.Join(finalizers, ", ")))
	}
	return result, nil
}

// createMoved creates the Secret at its new place, or finds that it is there already. With remove, it first lets the
// API server check that the old one can be deleted, so that a denial leaves everything as it was.
func (c *Client) createMoved(ctx context.Context, r *resealing, remove bool) (*corev1.Secret, error) {
	change, err := r.copied()
	if err != nil {
		return nil, err
	}
	there, err := c.store.Get(ctx, r.after.Namespace, r.after.Name)
	switch {
	case err == nil:
		if err := c.checkIdentical(ctx, r, change, there); err != nil {
			return nil, err
		}
		if r.result, err = c.annotate(ctx, there, r.request.Expires, r.request.DryRun); err != nil {
			return nil, err
		}
		return r.result.Secret, nil
	case !errors.Is(err, kube.ErrNotFound):
		return nil, err
	}
	p := plan{before: r.after, seal: r.plaintexts}
	if change.Set, err = c.sealAgain(ctx, r, p); err != nil {
		return nil, err
	}
	if remove && r.request.DryRun != DryRunClient {
		if err := c.delete(ctx, r.live, DryRunServer); err != nil {
			return nil, err
		}
	}
	r.result.Created = true
	r.result.Secret, err = c.writeSealed(ctx, r.sealing(p), change, r.request.DryRun)
	return r.result.Secret, err
}

// copied is the change that creates the new Secret, without ciphertexts.
func (r *resealing) copied() (Change, error) {
	kept := Metadata{Labels: sealed.PortableLabels(r.live), Annotations: sealed.PortableAnnotations(r.live)}
	if err := checkMetadata(r.after.Namespace, r.after.Name, r.plaintexts, kept); err != nil {
		return Change{}, err
	}
	age := sealed.AgeChange{Expires: r.request.Expires}
	return Change{As: r.after, Kept: kept, Type: r.live.Type, Age: age}, nil
}

// deleteMoved deletes the old Secret after it has read the new one again. Unless that one is there to stay, the old one
// may be the only one.
func (c *Client) deleteMoved(ctx context.Context, r *resealing, made *corev1.Secret) error {
	to := sealed.Place{Namespace: made.Namespace, Name: made.Name}
	there, err := c.store.Get(ctx, made.Namespace, made.Name)
	switch {
	case err != nil:
		return &UnreadTargetError{To: to, Err: err}
	case there.UID != made.UID || !maps.EqualFunc(there.Data, made.Data, bytes.Equal):
		return fmt.Errorf("secret %s/%s: %w", made.Namespace, made.Name, kube.ErrConflict)
	case there.DeletionTimestamp != nil:
		return &TargetDeletingError{Namespace: there.Namespace, Name: there.Name}
	}
	if err = c.delete(ctx, r.live, DryRunNone); err == nil || errors.Is(err, kube.ErrConflict) {
		return err
	}
	return &NotDeletedError{Namespace: r.live.Namespace, Name: r.live.Name, To: to, Err: err}
}

func (c *Client) delete(ctx context.Context, live *corev1.Secret, dryRun DryRun) error {
	store, ok := c.store.(deleter)
	if !ok {
		return errNoDelete
	}
	return store.Delete(ctx, live, dryRun)
}
