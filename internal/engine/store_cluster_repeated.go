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

// UnknownWriteError says that the answer to a write was lost, and that another client has changed or deleted the Secret
// since, so that it does not show whether it was written.
type UnknownWriteError struct {
	Namespace, Name string
	Deleted         bool
}

func (e *UnknownWriteError) Error() string {
	what := "changed"
	if e.Deleted {
		what = "deleted"
	}
	return fmt.Sprintf("secret %s/%s: it is not known whether it was written: the API server's answer was lost, and "+
		"another client has %s it since", e.Namespace, e.Name, what)
}

// whetherWritten finds out about a write that was sent again, and then refused: it may have been carried out the first
// time. No ciphertext is made twice: a Secret that has those of the change was written. The refusal is true if the
// entries are as they were before.
func (c *Cluster) whetherWritten(ctx context.Context, change Change, refusal error) (*corev1.Secret, error) {
	unknown := &UnknownWriteError{Namespace: change.Live.Namespace, Name: change.Live.Name}
	live, err := c.Get(ctx, unknown.Namespace, unknown.Name)
	switch {
	case errors.Is(err, kube.ErrNotFound):
		unknown.Deleted = true
		return nil, unknown
	case err != nil:
		return nil, err
	case live.UID != change.Live.UID:
		unknown.Deleted = true
		return nil, unknown
	case hasEntries(live, change):
		return live, nil
	case hasEntriesOf(live, change):
		return nil, refusal
	}
	return nil, unknown
}

// hasEntries reports whether a Secret has the entries as a change leaves them.
func hasEntries(live *corev1.Secret, change Change) bool {
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
	return len(change.Set)+len(change.Drop) > 0
}

// hasEntriesOf reports whether a Secret has the entries as a change has found them.
func hasEntriesOf(live *corev1.Secret, change Change) bool {
	same := func(name string) bool {
		was, found := change.Live.Data[name]
		is, there := live.Data[name]
		return found == there && bytes.Equal(was, is)
	}
	changed := func(name string) bool { return !same(name) }
	return !slices.ContainsFunc(slices.Collect(maps.Keys(change.Set)), changed) &&
		!slices.ContainsFunc(change.Drop, changed)
}
