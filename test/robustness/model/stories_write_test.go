package model

import (
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

func createStories() map[string]story {
	return map[string]story{
		"create":              {func(t *teller) { t.create(); t.get(state("a=1a v1", "b=1b v1")) }, ""},
		"create over another": {func(t *teller) { t.create(); t.create() }, order},
		"create with other values": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1a")}, state("a=other v1"))
		}, order},
		"create that does not open": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1a")}, broken(state("a=1a v1"), "a"))
		}, order},
		"create with another scope": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1a")}, scoped(state("a=1a v1"), "cluster-wide"))
		}, order},
		"create of plaintext": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1a")}, state("a=1a v0"))
		}, order},
		"exists":               {func(t *teller) { t.create(); t.refused(history.Create, history.Exists, "") }, ""},
		"exists, and does not": {func(t *teller) { t.refused(history.Create, history.Exists, "") }, order},
		"overwrite": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Overwrite, Values: values("c", "2c")}, state("c=2c v1"))
		}, ""},
		"overwrite keeps an entry": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Overwrite, Values: values("c", "2c")}, state("a=1a v1", "c=2c v1"))
		}, order},
		"overwrite makes another Secret": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Overwrite, Values: values("c", "2c")}, other(state("c=2c v1")))
		}, order},
		"merge": {func(t *teller) {
			t.did(history.Operation{Kind: history.Merge, Values: values("a", "1a")}, state("a=1a v1"))
			t.did(history.Operation{Kind: history.Merge, Values: values("c", "2c")}, state("a=1a v1", "c=2c v1"))
		}, ""},
		"merge loses an entry": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Merge, Values: values("c", "2c")}, state("a=1a v1", "c=2c v1"))
		}, order},
	}
}

func setStories() map[string]story {
	return map[string]story{
		"set": {func(t *teller) { t.create(); t.set("2", state("a=2 v3", "b=1b v1")) }, ""},
		"set new": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Set, Values: values("c", "2")}, state("a=1a v1", "b=1b v1", "c=2 v1"))
		}, ""},
		"set of an absent Secret": {func(t *teller) { t.set("2", state("a=2 v1")) }, order},
		"set changes another entry": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=other v1"))
		}, order},
		"set puts another entry back to an older version": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1a", "b", "1b")}, state("a=1a v2", "b=1b v2"))
			t.set("2", state("a=2 v2", "b=1b v1"))
		}, order},
		"set takes an entry away": {func(t *teller) { t.create(); t.set("2", state("a=2 v1")) }, order},
		"set changes the scope": {func(t *teller) {
			t.create()
			t.set("2", scoped(state("a=2 v1", "b=1b v1"), "cluster-wide"))
		}, order},
		"set does not open": {func(t *teller) {
			t.create()
			t.set("2", broken(state("a=2 v1", "b=1b v1"), "a"))
		}, order},
		"set of plaintext": {func(t *teller) { t.create(); t.set("2", state("a=2 v0", "b=1b v1")) }, order},
		"set is lost": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.get(state("a=1a v1", "b=1b v1"))
		}, order},
		"set that etcd does not have": {func(t *teller) {
			t.create()
			t.op(history.Operation{Kind: history.Set, Values: values("a", "2"), Result: state("a=2 v1", "b=1b v1")})
		}, "etcd has no write of it"},
		"set that etcd has otherwise": {func(t *teller) {
			t.create()
			o := t.op(history.Operation{Kind: history.Set, Values: values("a", "2"), Result: state("a=2 v1", "b=1b v1")})
			t.stored(o, state("a=2 v1"))
		}, "says that it left"},
		"set, refused": {func(t *teller) {
			t.refused(history.Set, history.Absent, "")
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.refused(history.Set, history.Conflict, "")
			t.together(2)
			t.get(state("a=2 v1", "b=1b v1"))
		}, ""},
		"set, refused while another client deletes": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.RawDelete}, nil)
			t.refused(history.Set, history.Conflict, "")
			t.together(2)
		}, ""},
		"set, refused long after a killed one was called": {func(t *teller) {
			t.create()
			lost(t.set("2", state("a=2 v1", "b=1b v1")))
			t.refused(history.Set, history.Conflict, "")
		}, ""},
		"set, refused as changed while nothing changes": {func(t *teller) {
			t.create()
			t.refused(history.Set, history.Conflict, "")
			t.set("2", state("a=2 v1", "b=1b v1"))
		}, "another client changed it, and none did"},
		"set, refused and written": {func(t *teller) {
			t.create()
			t.stored(t.refused(history.Set, history.Conflict, ""), state("a=2 v1", "b=1b v1"))
		}, "says that it did nothing"},
		"set, absent and is not": {func(t *teller) {
			t.create()
			t.refused(history.Set, history.Absent, "")
		}, order},
		"set, refused for no reason": {func(t *teller) { t.create(); t.refused(history.Set, "", "") }, order},
		"set writes twice": {func(t *teller) {
			t.create()
			t.stored(t.set("2", state("a=2 v1", "b=1b v1")), state("a=3 v2", "b=1b v1"))
		}, "wrote 2 times"},
		"set seals again what a retirement has disabled": {func(t *teller) {
			t.create()
			o := t.set("2", state("a=2 v1", "b=1b v1"))
			o.Result = state("a=2 v2", "b=1b v1")
			t.stored(o, state("a=2 v2", "b=1b v1"))
			t.get(state("a=2 v2", "b=1b v1"))
		}, ""},
		"set-field": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("d", `{"x":"1"}`)}, state(`d={"x":"1"} v1`))
			t.did(history.Operation{Kind: history.SetField, Entry: "d", Field: "y", Values: values("y", "2")},
				state(`d={"x":"1","y":"2"} v1`))
		}, ""},
		"set-field loses a field": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("d", `{"x":"1"}`)}, state(`d={"x":"1"} v1`))
			t.did(history.Operation{Kind: history.SetField, Entry: "d", Field: "y", Values: values("y", "2")},
				state(`d={"y":"2"} v1`))
		}, order},
		"set-field of no entry": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.SetField, Entry: "d", Field: "y", Values: values("y", "2")},
				state("a=1a v1", "b=1b v1", `d={"y":"2"} v1`))
		}, order},
		"unset": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Unset, Entry: "a"}, state("b=1b v1"))
			t.refused(history.Unset, history.NoEntry, "a")
			t.refused(history.Unset, history.OnlyOne, "b")
		}, ""},
		"unset of what another unset has removed meanwhile": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Unset, Entry: "a"}, state("b=1b v1"))
			t.op(history.Operation{Kind: history.Unset, Entry: "a", Result: state("b=1b v1")})
			t.together(2)
		}, ""},
		"unset of what another unset has removed before": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Unset, Entry: "a"}, state("b=1b v1"))
			t.op(history.Operation{Kind: history.Unset, Entry: "a", Result: state("b=1b v1")})
		}, "etcd has no write of it"},
		"unset of what another unset has removed, and is there": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Unset, Entry: "a"}, state("b=1b v1"))
			t.op(history.Operation{Kind: history.Unset, Entry: "a", Result: state("a=1a v1", "b=1b v1")})
			t.together(2)
		}, "etcd has no write of it"},
		"unset keeps it": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Unset, Entry: "a"}, state("a=1a v1", "b=1b v1"))
		}, order},
		"unset of no entry": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Unset, Entry: "c"}, state("a=1a v1", "b=1b v1"))
		}, order},
		"unset of the last entry": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1")}, state("a=1 v1"))
			t.did(history.Operation{Kind: history.Unset, Entry: "a"}, state())
		}, order},
		"no entry, and there is": {func(t *teller) {
			t.create()
			t.refused(history.Unset, history.NoEntry, "a")
		}, order},
		"only one, and are two": {func(t *teller) {
			t.create()
			t.refused(history.Unset, history.OnlyOne, "a")
		}, order},
		"no entry, and no Secret": {func(t *teller) { t.refused(history.Unset, history.NoEntry, "a") }, order},
		"two sets at once": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.set("3", state("a=3 v1", "b=1b v1"))
			t.together(2)
			t.view("a", "3", "b", "1b")
		}, ""},
		"two sets at once, lost": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.did(history.Operation{Kind: history.Set, Values: values("b", "3")}, state("a=1a v1", "b=3 v1"))
			t.together(2)
		}, order},
		"two sets, the wrong way": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.set("3", state("a=3 v1", "b=1b v1"))
			t.view("a", "2", "b", "1b")
		}, order},
		"two sets, not seen again": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.view("a", "2", "b", "1b")
			t.view("a", "1a", "b", "1b")
		}, order},
	}
}

func editStories() map[string]story {
	edit := func(seen string) history.Operation {
		return history.Operation{Kind: history.Edit, Seen: values("a", seen), Values: values("a", "2")}
	}
	reseal := history.Operation{Kind: history.Reseal, Scope: "namespace-wide"}
	return map[string]story{
		"edit": {func(t *teller) { t.create(); t.did(edit("1a"), state("a=2 v1", "b=1b v1")) }, ""},
		"edit of what was not there": {func(t *teller) {
			t.create()
			t.did(edit("other"), state("a=2 v1", "b=1b v1"))
		}, order},
		"edit replaces another client's change": {func(t *teller) {
			t.create()
			t.set("3", state("a=3 v1", "b=1b v1"))
			t.did(edit("1a"), state("a=2 v1", "b=1b v1"))
			t.together(2)
		}, cannot},
		"edit puts another entry back": {func(t *teller) {
			t.create()
			t.did(history.Operation{Kind: history.Set, Values: values("b", "3")}, state("a=1a v1", "b=3 v1"))
			t.did(edit("1a"), state("a=2 v1", "b=1b v1"))
		}, order},
		"reseal": {func(t *teller) {
			t.create()
			t.did(reseal, scoped(state("a=1a v1", "b=1b v2"), "namespace-wide"))
		}, ""},
		"reseal, unchanged": {func(t *teller) {
			t.create()
			t.op(history.Operation{Kind: history.Reseal, Scope: "strict", Result: state("a=1a v1", "b=1b v1")})
		}, ""},
		"reseal, unchanged under another scope": {func(t *teller) {
			t.create()
			t.op(history.Operation{Kind: history.Reseal, Scope: "namespace-wide", Result: state("a=1a v1", "b=1b v1")})
		}, order},
		"reseal changes a value": {func(t *teller) {
			t.create()
			t.did(reseal, scoped(state("a=2 v1", "b=1b v1"), "namespace-wide"))
		}, order},
		"reseal under the wrong scope": {func(t *teller) {
			t.create()
			t.did(reseal, scoped(state("a=1a v1", "b=1b v1"), "cluster-wide"))
		}, order},
		"reseal to an older version": {func(t *teller) {
			t.did(history.Operation{Kind: history.Create, Values: values("a", "1")}, state("a=1 v2"))
			t.did(reseal, scoped(state("a=1 v1"), "namespace-wide"))
		}, order},
		"reseal leaves one that is shut": {func(t *teller) {
			t.create()
			t.did(reseal, broken(scoped(state("a=1a v1", "b=1b v1"), "namespace-wide"), "b"))
		}, order},
		"reseal of nothing": {func(t *teller) {
			t.did(reseal, scoped(state("a=1a v1"), "namespace-wide"))
		}, order},
	}
}
