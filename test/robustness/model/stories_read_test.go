package model

import (
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func readStories() map[string]story {
	verify := func(v history.Verified) history.Operation {
		return history.Operation{Kind: history.Verify, Verified: &v}
	}
	return map[string]story{
		"get of nothing": {func(t *teller) { t.refused(history.RawGet, history.Absent, "") }, ""},
		"get of nothing, and is": {func(t *teller) {
			t.create()
			t.refused(history.RawGet, history.Absent, "")
		}, order},
		"get of another version": {func(t *teller) { t.create(); t.get(state("a=1a v1", "b=1b v2")) }, order},
		"get of another Secret": {func(t *teller) {
			t.create()
			t.get(other(state("a=1a v1", "b=1b v1")))
		}, order},
		"view":                    {func(t *teller) { t.create(); t.view("a", "1a", "b", "1b") }, ""},
		"view of less":            {func(t *teller) { t.create(); t.view("a", "1a") }, order},
		"view of nothing":         {func(t *teller) { t.view("a", "1a") }, order},
		"view of one entry":       {func(t *teller) { t.create(); t.view("a", "1a").Entry = "a" }, ""},
		"view of another value":   {func(t *teller) { t.create(); t.view("a", "1b").Entry = "a" }, order},
		"view of an absent entry": {func(t *teller) { t.create(); t.view("c", "").Entry = "c" }, order},
		"a read that writes": {func(t *teller) {
			t.create()
			t.stored(t.get(state("a=1a v1", "b=1b v1")), state("a=1a v1"))
		}, "reads, and wrote"},
		"verify": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 2, Latest: 1}))
		}, ""},
		"verify, stale": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 2, Latest: 2, Stale: map[string]int{"a": 1, "b": 1}}))
		}, ""},
		"verify, fewer entries": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 1, Latest: 1}))
		}, order},
		"verify, not stale and is": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 2, Latest: 2, Stale: map[string]int{"a": 1}}))
		}, order},
		"verify, another version": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 2, Latest: 3, Stale: map[string]int{"a": 2, "b": 1}}))
		}, order},
		"verify, stale elsewhere": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 2, Latest: 1, Stale: map[string]int{"c": 0}}))
		}, order},
		"verify, broken": {func(t *teller) {
			t.create()
			t.op(verify(history.Verified{Entries: 2, Latest: 1, Broken: map[string]string{"a": "broken"}}))
		}, order},
		"verify of nothing": {func(t *teller) { t.op(verify(history.Verified{})) }, order},
	}
}
