package model

import (
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func unknownStories() map[string]story {
	return map[string]story{
		"killed before": {func(t *teller) {
			t.create()
			lost(t.op(history.Operation{Kind: history.Set, Values: values("a", "2")}))
			t.view("a", "1a", "b", "1b")
		}, ""},
		"killed after": {func(t *teller) {
			t.create()
			lost(t.set("2", state("a=2 v1", "b=1b v1")))
			t.view("a", "2", "b", "1b")
		}, ""},
		"killed and late": {func(t *teller) {
			t.create()
			t.view("a", "1a", "b", "1b")
			lost(t.set("2", state("a=2 v1", "b=1b v1")))
			swap(t)
			t.view("a", "2", "b", "1b")
		}, ""},
		"killed before, and seen": {func(t *teller) {
			t.create()
			lost(t.op(history.Operation{Kind: history.Set, Values: values("a", "2")}))
			t.view("a", "2", "b", "1b")
		}, order},
		"killed after, and not seen again": {func(t *teller) {
			t.create()
			lost(t.set("2", state("a=2 v1", "b=1b v1")))
			t.view("a", "2", "b", "1b")
			t.view("a", "1a", "b", "1b")
		}, order},
		"killed after half a rewrap": {func(t *teller) {
			t.create()
			lost(t.did(rotation(history.Rotate, 2), state("a=other v2", "b=1b v2")))
		}, cannot},
		"killed rewrap": {func(t *teller) {
			t.create()
			lost(t.did(rotation(history.Rotate, 2), state("a=1a v2", "b=1b v2")))
			t.get(state("a=1a v2", "b=1b v2"))
		}, ""},
		"a deletion that was": {func(t *teller) {
			t.create()
			lost(t.did(history.Operation{Kind: history.RawDelete}, nil))
			t.refused(history.View, history.Absent, "")
		}, ""},
		"a deletion that was not": {func(t *teller) {
			t.create()
			lost(t.op(history.Operation{Kind: history.RawDelete}))
			t.view("a", "1a", "b", "1b")
		}, ""},
		"a deletion that was not, of what is gone": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.RawDelete}, nil)
			lost(t.op(history.Operation{Kind: history.RawDelete}))
			t.refused(history.View, history.Absent, "")
		}, ""},
		"a read that failed": {func(t *teller) { t.create(); lost(t.view("a", "other")) }, ""},
	}
}
