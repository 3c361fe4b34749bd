package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// UnknownWriteError says that the answer to a write was lost, and that the Secret does not show whether it was written:
// another client has changed or deleted it since, or it cannot be read.
type UnknownWriteError struct {
	Namespace, Name string
	Deleted         bool
	Err             error // why it cannot be read; nil: it was changed or deleted
}

func (e *UnknownWriteError) Error() string {
	what := "another client has changed it since"
	switch {
	case e.Err != nil:
		what = "it cannot be read now: " + e.Err.Error()
	case e.Deleted:
		what = "another client has deleted it since"
	}
	return fmt.Sprintf("secret %s/%s: it is not known whether it was written: the API server's answer was lost, and %s",
		e.Namespace, e.Name, what)
}

func (e *UnknownWriteError) Unwrap() error { return e.Err }

// whetherWritten finds out about a write that was sent again, and then refused: it may have been carried out the first
// time. No ciphertext is made twice: a Secret that has those of the change was written. The refusal is true if what the
// change is about is as it was before.
func (c *Cluster) whetherWritten(ctx context.Context, change Change, refusal error) (*corev1.Secret, error) {
	unknown := &UnknownWriteError{Namespace: change.Live.Namespace, Name: change.Live.Name}
	live, err := c.Get(ctx, unknown.Namespace, unknown.Name)
	switch {
	case errors.Is(err, kube.ErrNotFound):
		unknown.Deleted = true
		return nil, unknown
	case err != nil:
		unknown.Err = err
		return nil, unknown
	case live.UID != change.Live.UID:
		unknown.Deleted = true
		return nil, unknown
	case isWritten(live, change):
		return live, nil
	case isAsBefore(live, change):
		return nil, refusal
	}
	return nil, unknown
}

// isWritten reports whether a Secret has the entries as a change leaves them, and the metadata if the change has no
// entries.
func isWritten(live *corev1.Secret, change Change) bool {
	if len(change.Set)+len(change.Drop) == 0 {
		change.Live = live
		return len(change.labels())+len(change.annotations()) == 0
	}
	for name, ciphertext := range change.Set {
		if !bytes.Equal(live.Data[name], []byte(ciphertext.String())) {
			return false
		}
	}
	for _, name := range change.Drop {
		if _, found := live.Data[name]; found {
			return false
		}
	}
	return true
}

// isAsBefore reports whether a Secret has the entries as a change has found them, and the metadata if the change has no
// entries.
func isAsBefore(live *corev1.Secret, change Change) bool {
	if len(change.Set)+len(change.Drop) == 0 {
		return sameIn(slices.Collect(maps.Keys(change.labels())), change.Live.Labels, live.Labels) &&
			sameIn(slices.Collect(maps.Keys(change.annotations())), change.Live.Annotations, live.Annotations)
	}
	return sameIn(slices.Collect(maps.Keys(change.Set)), change.Live.Data, live.Data) &&
		sameIn(change.Drop, change.Live.Data, live.Data)
}

// sameIn reports whether two maps have the same values under some names.
func sameIn[V string | []byte](names []string, was, is map[string]V) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		before, found := was[name]
		now, there := is[name]
		return found != there || string(before) != string(now)
	})
}
