package model

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

const theSecret = "ns/s"

// teller makes a history, one operation after the other.
type teller struct {
	h   history.History
	now int64
}

// state is one of UID u and scope strict, of entries as "a=x v1".
func state(entries ...string) *history.State {
	s := &history.State{UID: "u", Scope: "strict", Entries: map[string]history.Entry{}}
	for _, text := range entries {
		name, rest, _ := strings.Cut(text, "=")
		value, version, _ := strings.Cut(rest, " v")
		s.Entries[name] = history.Entry{Value: value, Version: int(version[0] - '0')}
	}
	return s
}

func values(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

// op adds an operation after all others.
func (t *teller) op(o history.Operation) *history.Operation {
	o.ID, o.Secrets, o.Call, o.Return = len(t.h.Operations)+1, []string{theSecret}, t.now+1, t.now+2
	if o.Outcome == "" {
		o.Outcome = history.OK
	}
	t.now += 3
	t.h.Read = t.now
	t.h.Operations = append(t.h.Operations, o)
	return &t.h.Operations[len(t.h.Operations)-1]
}

// stored adds the write of an operation.
func (t *teller) stored(o *history.Operation, after *history.State) {
	w := history.Write{Revision: int64(len(t.h.Writes) + 1), Secret: theSecret, State: after, Operation: o.ID}
	if o.Kind == history.RawDelete {
		w.Operation = 0
	}
	t.h.Writes = append(t.h.Writes, w)
}

// did adds an operation that has written what it says.
func (t *teller) did(o history.Operation, after *history.State) *history.Operation {
	if !o.Kind.Rotates() && o.Kind != history.RawDelete && o.Kind != history.RawTouch {
		o.Result = after
	}
	added := t.op(o)
	t.stored(added, after)
	return added
}

func (t *teller) create() {
	t.did(history.Operation{Kind: history.Create, Values: values("a", "1a", "b", "1b")}, state("a=1a v1", "b=1b v1"))
}

func (t *teller) get(seen *history.State) *history.Operation {
	return t.op(history.Operation{Kind: history.RawGet, Result: seen})
}

func (t *teller) view(pairs ...string) *history.Operation {
	seen := &history.State{Entries: map[string]history.Entry{}}
	for name, value := range values(pairs...) {
		seen.Entries[name] = history.Entry{Value: value}
	}
	return t.op(history.Operation{Kind: history.View, Result: seen})
}

func (t *teller) refused(kind history.Kind, reason history.Reason, entry string) *history.Operation {
	return t.op(history.Operation{Kind: kind, Outcome: history.Refused, Reason: reason, Entry: entry})
}

func (t *teller) set(value string, after *history.State) *history.Operation {
	return t.did(history.Operation{Kind: history.Set, Values: values("a", value)}, after)
}

func rotation(kind history.Kind, target int, left ...string) history.Operation {
	report := &history.Rotation{Targets: map[string]int{"ns": target}, Left: map[string]string{}}
	for _, name := range left {
		report.Left[name] = "skipped"
	}
	return history.Operation{Kind: kind, Rotation: report}
}

// together lets the last operations begin when the first of them begins.
func (t *teller) together(count int) {
	last := t.h.Operations[len(t.h.Operations)-count:]
	for i := range last {
		last[i].Call, last[i].Return = last[0].Call, t.now
	}
}

func lost(o *history.Operation) {
	o.Outcome, o.Result, o.Rotation, o.Killed = history.Unknown, nil, nil, true
}

func scoped(s *history.State, scope string) *history.State { s.Scope = scope; return s }

func other(s *history.State) *history.State { s.UID = "u2"; return s }

func broken(s *history.State, name string) *history.State {
	one := s.Entries[name]
	one.Broken = "does not open"
	s.Entries[name] = one
	return s
}

// story is a history, and what is wrong with it; empty: nothing.
type story struct {
	tell  func(t *teller)
	wrong string
}

const (
	order  = "not linearizable"
	cannot = "cannot make"
)

func TestHistories(t *testing.T) {
	for _, stories := range []map[string]story{createStories(), setStories(), editStories(), rotationStories(),
		readStories(), unknownStories(), rawStories()} {
		for name, s := range stories {
			t.Run(name, func(t *testing.T) {
				var told teller
				s.tell(&told)
				texts := make([]string, 0, 4)
				for _, v := range Check(&told.h).Violations {
					texts = append(texts, v.String())
				}
				found := strings.Join(texts, "\n")
				if s.wrong == "" && found != "" || !strings.Contains(found, s.wrong) {
					t.Errorf("want %q, found:\n%s", s.wrong, found)
				}
			})
		}
	}
}

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

func rotationStories() map[string]story {
	return map[string]story{
		"rotate": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rotate, 2), state("a=1a v2", "b=1b v2"))
		}, ""},
		"rewrap of one entry": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v2", "b=1b v1"))
			t.did(rotation(history.Rewrap, 2), state("a=2 v2", "b=1b v2"))
		}, ""},
		"rewrap beyond": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v3", "b=1b v3"))
		}, ""},
		"rewrap of half": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v2", "b=1b v1"))
		}, order},
		"rewrap back": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v3", "b=1b v1"))
			t.did(rotation(history.Rewrap, 2), state("a=2 v2", "b=1b v2"))
		}, order},
		"rewrap changes a value": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=other v2", "b=1b v2"))
		}, order},
		"rewrap of another scope": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), scoped(state("a=1a v2", "b=1b v2"), "cluster-wide"))
		}, order},
		"rewrap drops an entry": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v2"))
		}, order},
		"rewrap adds an entry": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), state("a=1a v2", "b=1b v2", "c=3 v2"))
		}, order},
		"rewrap makes a Secret": {func(t *teller) {
			t.did(rotation(history.Rewrap, 2), state("a=1a v2"))
		}, order},
		"rewrap of what is": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 1), state("a=1a v1", "b=1b v1"))
		}, order},
		"rewrap does not open": {func(t *teller) {
			t.create()
			t.did(rotation(history.Rewrap, 2), broken(state("a=1a v2", "b=1b v2"), "a"))
		}, order},
		"rotate puts a value back": {func(t *teller) {
			t.create()
			t.set("2", state("a=2 v1", "b=1b v1"))
			t.did(rotation(history.Rotate, 2), state("a=1a v2", "b=1b v2"))
			t.together(2)
			t.view("a", "1a", "b", "1b")
		}, order},
		"nothing to rewrap":       {func(t *teller) { t.create(); t.op(rotation(history.Rewrap, 1)) }, ""},
		"nothing there to rewrap": {func(t *teller) { t.op(rotation(history.Rewrap, 2)); t.create() }, ""},
		"left, and says so": {func(t *teller) {
			t.create()
			t.op(rotation(history.Rewrap, 2, theSecret))
		}, ""},
		"created before a read, and left": {func(t *teller) {
			t.create()
			t.get(state("a=1a v1", "b=1b v1"))
			t.op(rotation(history.Rotate, 2))
			t.h.Operations[0].Return = t.now
		}, order},
		"left, and does not say so": {func(t *teller) {
			t.create()
			t.op(rotation(history.Rewrap, 2))
		}, order},
		"left, and its key is not named": {func(t *teller) { t.create(); t.op(rotation(history.Rewrap, 0)) }, order},
		"created during the rotation": {func(t *teller) {
			t.create()
			t.op(rotation(history.Rotate, 2))
			t.together(2)
		}, ""},
	}
}

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

// TestPartitions: what happens to one Secret says nothing of another, and a rotation is an operation of each.
func TestPartitions(t *testing.T) {
	var told teller
	told.create()
	told.op(rotation(history.Rotate, 2)).Secrets = []string{theSecret, "ns/other"}
	told.stored(&told.h.Operations[1], state("a=1a v2", "b=1b v2"))
	result := Check(&told.h)
	if len(result.Violations) > 0 || result.Secrets != 2 || result.Calls != 3 {
		t.Errorf("%d calls at %d Secrets: %v", result.Calls, result.Secrets, result.Violations)
	}
}

func TestDraw(t *testing.T) {
	var told teller
	told.create()
	told.view("a", "other", "b", "1b")
	file := filepath.Join(t.TempDir(), "one.jsonl")
	paths, err := Check(&told.h).Draw(file)
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v", paths, err)
	}
	page, err := os.ReadFile(paths[0])
	if err != nil || !strings.Contains(string(page), "raw-get") && !strings.Contains(string(page), "view") {
		t.Errorf("the page does not show the operations: %v", err)
	}
}

// TestStepKeepsItsState: the search takes steps back.
func TestStepKeepsItsState(t *testing.T) {
	before := state("a=1a v1", "b=1b v1")
	kept := maps.Clone(before.Entries)
	op := &history.Operation{Kind: history.Unset, Entry: "a", Outcome: history.OK}
	if possible, _ := step(before, call{op: op, after: state("b=1b v1")}); !possible {
		t.Error("the step is not possible")
	}
	if !maps.Equal(kept, before.Entries) {
		t.Error("the step has changed the state before it")
	}
}
