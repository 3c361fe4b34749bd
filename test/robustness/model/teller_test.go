package model

import (
	"strings"

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
