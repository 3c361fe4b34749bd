package engine

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// checkIdentical fails with *TargetExistsError unless an existing Secret is what a Move would create: the same type,
// transit key, scope and plaintexts, and all labels and annotations except a new expiry. Others may have added more of
// these. A Secret that is being deleted can be read until its finalizers are removed: it must not be taken for a copy.
func (c *Client) checkIdentical(ctx context.Context, r *resealing, want Change, there *corev1.Secret) error {
	if there.DeletionTimestamp != nil {
		return &TargetDeletingError{Namespace: there.Namespace, Name: there.Name}
	}
	differs := func(format string, args ...any) error {
		return &TargetExistsError{Namespace: there.Namespace, Name: there.Name, Differs: fmt.Sprintf(format, args...)}
	}
	is, err := sealed.Read(there)
	if err != nil {
		return differs("%v", err)
	}
	wanted := want.applied()
	if r.request.Expires.Given { // a duration from now is another time in each attempt
		delete(wanted.Annotations, sealed.ExpiresAnnotation)
	}
	label, sameLabels := contains(there.Labels, wanted.Labels)
	annotation, sameAnnotations := contains(there.Annotations, wanted.Annotations)
	switch {
	case !is.IsSealed():
		return differs("it is not sealed")
	case there.Type != wanted.Type:
		return differs("its type is %s", there.Type)
	case is.Key != r.after.Key:
		return differs("its transit key")
	case is.Scope != r.after.Scope:
		return differs("its scope is %s", is.Scope)
	case !sameLabels:
		return differs("label %s", label)
	case !sameAnnotations:
		return differs("annotation %s", annotation)
	}
	for _, name := range slices.Sorted(maps.Keys(r.plaintexts)) {
		if _, found := is.Entry(name); !found {
			return differs("it has no entry %q", name)
		}
	}
	opened, err := c.openEntries(ctx, c.vault(is.Namespace), is, is.Entries)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(opened)) {
		if plaintext, found := r.plaintexts[name]; !found || !bytes.Equal(plaintext, opened[name]) {
			return differs("entry %q", name)
		}
	}
	return nil
}

// contains reports whether texts have all that are wanted, or the first that they do not have.
func contains(texts, wanted map[string]string) (missing string, all bool) {
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if is, found := texts[name]; !found || is != wanted[name] {
			return name, false
		}
	}
	return "", true
}
