package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// attribute finds the operation of each write in etcd: the one whose field manager it has, or for the removal of an
// entry the one that was answered with its revision. seen are the answers.
func attribute(h *history.History, writes []etcdlog.Write, seen map[int]*corev1.Secret) {
	byRevision := map[string][]*history.Operation{}
	for i := range h.Operations {
		op := &h.Operations[i]
		if answer := seen[op.ID]; answer != nil && op.Kind == history.Unset {
			byRevision[answer.ResourceVersion] = append(byRevision[answer.ResourceVersion], op)
		}
	}
	before := map[string]*corev1.Secret{}
	for i, w := range writes {
		one := &h.Writes[i]
		if w.Secret != nil {
			one.Operation = writerOf(before[one.Secret], w.Secret)
			if was := before[one.Secret]; one.Operation == 0 && was != nil {
				answered := byRevision[strconv.FormatInt(w.Revision, 10)]
				one.Operation = removerOf(removed(was.Data, w.Secret.Data), answered)
			}
		}
		before[one.Secret] = w.Secret
	}
	attributeRemovals(h)
}

// removed are the names that are not there any more.
func removed[V any](before, after map[string]V) []string {
	return slices.DeleteFunc(slices.Collect(maps.Keys(before)), func(name string) bool {
		_, kept := after[name]
		return kept
	})
}

// removerOf is the first operation that removes just these entries; 0: none does. An operation that lost the answer to
// its write may be answered with the revision of another one.
func removerOf(entries []string, of []*history.Operation) int {
	for _, op := range of {
		if slices.Equal(entries, []string{op.Entry}) {
			return op.ID
		}
	}
	return 0
}

// writerOf is the operation that wrote a Secret: each has a field manager of its own, which is new with its write. Who
// writes twice has a new time or owns more entries, or else is the latest manager: times are in seconds. Who only
// removes entries owns nothing, and is not known: 0.
func writerOf(before, after *corev1.Secret) int {
	known := map[string]metav1.ManagedFieldsEntry{}
	if before != nil {
		for _, m := range before.ManagedFields {
			known[m.Manager] = m
		}
	}
	writer, latest := 0, time.Time{}
	for _, m := range after.ManagedFields {
		id := operationOf(m.Manager)
		was, found := known[m.Manager]
		switch {
		case id == 0:
		case !found, !m.Time.Equal(was.Time), owns(m, was):
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

// owns reports whether a manager owns an entry that it did not own before.
func owns(m, before metav1.ManagedFieldsEntry) bool {
	owned := ownedEntries(before)
	return slices.ContainsFunc(ownedEntries(m), func(entry string) bool { return !slices.Contains(owned, entry) })
}

// ownedEntries are the entries that a manager has written last.
func ownedEntries(m metav1.ManagedFieldsEntry) []string {
	var fields struct {
		Data map[string]json.RawMessage `json:"f:data"`
	}
	if m.FieldsV1 == nil || json.Unmarshal(m.FieldsV1.GetRawBytes(), &fields) != nil {
		return nil
	}
	return slices.Collect(maps.Keys(fields.Data))
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
		entries := removed(before.Entries, w.State.Entries)
		until := endOfLater(h, i, byID)
		for n := range h.Operations {
			op := &h.Operations[n]
			if op.Kind == history.Unset && op.Outcome != history.Refused && !taken[op.ID] && op.Call <= until &&
				op.Secrets[0] == w.Secret && slices.Equal(entries, []string{op.Entry}) &&
				(w.Operation == 0 || op.Outcome == history.OK || byID[w.Operation].Outcome != history.OK) {
				w.Operation = op.ID // the latest of them; one that says that it wrote must have a write
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
