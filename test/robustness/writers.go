package main

import (
	"maps"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// attribute finds the operation of each write in etcd: the one whose field manager it has, or for the removal of an
// entry the one that was answered with its revision. seen are the answers.
func attribute(h *history.History, writes []etcdlog.Write, seen map[int]*corev1.Secret) {
	byRevision := map[string]int{}
	for i := range h.Operations {
		op := &h.Operations[i]
		if answer := seen[op.ID]; answer != nil && op.Kind == history.Unset {
			byRevision[answer.ResourceVersion] = op.ID
		}
	}
	before := map[string]*corev1.Secret{}
	for i, w := range writes {
		one := &h.Writes[i]
		if w.Secret != nil {
			one.Operation = writerOf(before[one.Secret], w.Secret)
			if one.Operation == 0 {
				one.Operation = byRevision[strconv.FormatInt(w.Revision, 10)]
			}
		}
		before[one.Secret] = w.Secret
	}
	attributeRemovals(h)
}

// writerOf is the operation that wrote a Secret: each has a field manager of its own, which is new with its write. Who
// writes twice is the latest manager. Who only removes entries owns nothing, and is not known: 0.
func writerOf(before, after *corev1.Secret) int {
	known := map[string]bool{}
	if before != nil {
		for _, m := range before.ManagedFields {
			known[m.Manager] = true
		}
	}
	writer, latest := 0, time.Time{}
	for _, m := range after.ManagedFields {
		id := operationOf(m.Manager)
		switch {
		case id == 0:
		case !known[m.Manager]:
			return id
		case m.Time != nil && !m.Time.Time.Before(latest):
			writer, latest = id, m.Time.Time
		}
	}
	if before != nil && len(after.Data) < len(before.Data) {
		return 0
	}
	return writer
}

// attributeRemovals finds who else has removed an entry: an operation that does this, has no other write and was called
// before later writes had ended. Its outcome is not known, or it lost the answer and has read a later revision.
func attributeRemovals(h *history.History) {
	byID := map[int]*history.Operation{}
	for i := range h.Operations {
		byID[h.Operations[i].ID] = &h.Operations[i]
	}
	states, taken := map[string]*history.State{}, map[int]bool{}
	for _, w := range h.Writes {
		taken[w.Operation] = true
	}
	for i := range h.Writes {
		w := &h.Writes[i]
		before := states[w.Secret]
		states[w.Secret] = w.State
		if w.Operation > 0 || w.State == nil || before == nil {
			continue
		}
		removed := slices.DeleteFunc(slices.Collect(maps.Keys(before.Entries)), func(name string) bool {
			_, kept := w.State.Entries[name]
			return kept
		})
		until := endOfLater(h, i, byID)
		for n := range h.Operations {
			op := &h.Operations[n]
			if op.Kind == history.Unset && op.Outcome != history.Refused && !taken[op.ID] && op.Call <= until &&
				op.Secrets[0] == w.Secret && slices.Equal(removed, []string{op.Entry}) {
				w.Operation = op.ID // the latest of them
			}
		}
		taken[w.Operation] = true
	}
}

// endOfLater is when the first of the later writes had ended, as its operation says.
func endOfLater(h *history.History, i int, byID map[int]*history.Operation) int64 {
	until := h.Read
	for _, later := range h.Writes[i+1:] {
		if op := byID[later.Operation]; op != nil && op.Outcome == history.OK {
			until = min(until, op.Return)
		}
	}
	return until
}
