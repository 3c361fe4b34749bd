package model

import (
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func rawStories() map[string]story {
	touch := history.Operation{Kind: history.RawTouch}
	return map[string]story{
		"touch": {func(t *teller) {
			t.create()
			t.did(touch, state("a=1a v1", "b=1b v1"))
		}, ""},
		"touch of nothing":      {func(t *teller) { t.did(touch, state("a=1a v1")) }, order},
		"touch changes a value": {func(t *teller) { t.create(); t.did(touch, state("a=2 v1", "b=1b v1")) }, "changes a label"},
		"patch": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.RawPatch, Values: values("a", "2")}, state("a=2 v1", "b=1b v1"))
		}, ""},
		"update of a value before": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.did(history.Operation{Kind: history.RawUpdate, Values: values("b", "3")}, state("a=1a v1", "b=3 v1"))
		}, order},
		"delete": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.RawDelete}, nil)
			t.did(history.Operation{Kind: history.RawCreate, Values: values("a", "9")}, other(state("a=9 v1")))
		}, ""},
		"delete of nothing": {func(t *teller) {
			t.did(history.Operation{Kind: history.RawDelete}, nil)
		}, order},
		"delete, and is there": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.RawDelete}, nil)
			t.get(state("a=1a v1", "b=1b v1"))
		}, order},
		"delete that etcd has not": {func(t *teller) {
			t.create()
			t.op(history.Operation{Kind: history.RawDelete})
		}, "deletions"},
		"deleted by nobody": {func(t *teller) {
			t.create()
			t.stored(&history.Operation{Kind: history.RawDelete}, nil)
		}, "deletions"},
		"written by nobody": {func(t *teller) { t.create(); t.stored(&history.Operation{ID: 99}, state("a=1a v1")) }, "no operation wrote"},
		"put back without a create": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.RawDelete}, nil)
			t.set("2", state("a=2 v1", "b=1b v1"))
		}, order},
	}
}

// swap exchanges the times of the last two operations.
func swap(t *teller) {
	n := len(t.h.Operations)
	one, other := &t.h.Operations[n-2], &t.h.Operations[n-1]
	one.Call, other.Call = other.Call, one.Call
	one.Return, other.Return = other.Return, one.Return
}
