package model

import (
	"encoding/json"
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// call is one operation as far as it is about one Secret.
type call struct {
	op *history.Operation
	// after is what a write has left, or what a read has seen.
	after *history.State
	// settled is a rotation that has found nothing to write, or an unset whose entry was removed by another one.
	settled bool
	again   bool  // it seals again what it has written with a version that was retired meanwhile
	target  int   // of a rotation; 0: not known
	returns int64 // when it has ended at the latest
}

// step reports whether a call is possible in a state, and the state that it leaves.
func step(before *history.State, c call) (bool, *history.State) {
	switch {
	case c.op.Outcome == history.Refused:
		return refused(before, c.op), before
	case c.op.Kind.Reads():
		return read(before, c), before
	case c.settled:
		return settled(before, c), before
	case c.op.Kind == history.RawDelete:
		return before != nil || c.op.Outcome == history.Unknown, nil
	case c.op.Kind == history.RawTouch:
		return before != nil, before
	}
	return written(before, c), c.after
}

// refused reports whether the reason is true. That another client has changed something is about the time before, not
// about the state.
func refused(before *history.State, op *history.Operation) bool {
	switch op.Reason {
	case history.Absent:
		return before == nil
	case history.Exists:
		return before != nil
	case history.NoEntry:
		_, found := entry(before, op.Entry)
		return before != nil && !found
	case history.OnlyOne:
		_, found := entry(before, op.Entry)
		return found && len(before.Entries) == 1
	case history.Conflict:
		return true
	}
	return false
}

func entry(s *history.State, name string) (history.Entry, bool) {
	if s == nil {
		return history.Entry{}, false
	}
	found, is := s.Entries[name]
	return found, is
}

// read reports whether a read sees the state.
func read(before *history.State, c call) bool {
	switch c.op.Kind {
	case history.RawGet:
		return before.Equal(c.after)
	case history.Verify:
		return before != nil && verified(before, c.op.Verified)
	}
	if before == nil || c.after == nil {
		return false
	}
	seen := before.Values()
	if c.op.Entry != "" {
		one, found := before.Entries[c.op.Entry]
		if !found {
			return false
		}
		seen = map[string]string{c.op.Entry: one.Value}
	}
	return maps.Equal(seen, c.after.Values())
}

// verified reports whether verify's findings are those of the state.
func verified(before *history.State, said *history.Verified) bool {
	if said == nil || said.Entries != len(before.Entries) || len(said.Broken) > 0 { // no write leaves a broken one
		return false
	}
	for name := range said.Stale {
		if _, found := before.Entries[name]; !found {
			return false
		}
	}
	for name, one := range before.Entries {
		version, stale := said.Stale[name]
		if stale && version != one.Version || !stale && one.Version < said.Latest {
			return false
		}
	}
	return true
}

// settled reports whether an operation may leave a Secret as it is: for an unset the entry is gone, for a rotation the
// Secret is up to date or absent when it looks. A rotation names the version of each key that it has seen.
func settled(before *history.State, c call) bool {
	if c.op.Kind == history.Unset {
		_, found := entry(before, c.op.Entry)
		return before != nil && !found
	}
	if before == nil || c.target == 0 {
		return before == nil
	}
	for _, one := range before.Entries {
		if one.Version < c.target {
			return false
		}
	}
	return true
}

// written reports whether a write may leave what it has left.
func written(before *history.State, c call) bool {
	op, after := c.op, c.after
	if c.again {
		return sealedAgain(before, after)
	}
	if after == nil || after.UID == "" || before != nil && after.UID != before.UID {
		return false // no write but a deletion takes a Secret away, and none replaces it by another one
	}
	switch op.Kind {
	case history.Create, history.RawCreate:
		return before == nil && created(op, after)
	case history.Overwrite:
		return created(op, after)
	case history.Merge:
		return before == nil && created(op, after) || before != nil && changed(before, after, op.Values, nil)
	case history.Set, history.RawPatch, history.RawUpdate:
		return before != nil && changed(before, after, op.Values, nil)
	case history.SetField:
		value, valid := withField(before, op)
		return valid && changed(before, after, map[string]string{op.Entry: value}, nil)
	case history.Edit:
		return before != nil && sees(before, op.Seen) && changed(before, after, op.Values, nil)
	case history.Unset:
		_, found := entry(before, op.Entry)
		return found && len(before.Entries) > 1 && changed(before, after, nil, []string{op.Entry})
	case history.Reseal:
		return resealed(before, op, after)
	case history.Rotate, history.Rewrap, history.Retire:
		return rewrapped(before, c)
	}
	return false
}

// created: all entries are those of the operation, and open.
func created(op *history.Operation, after *history.State) bool {
	scope := op.Scope
	if scope == "" {
		scope = "strict"
	}
	return after.Scope == scope && maps.Equal(after.Values(), op.Values) && allOpen(after, nil)
}

// changed: the given entries have their new values and open, or are gone. All others are as they were, to the version.
func changed(before, after *history.State, values map[string]string, drop []string) bool {
	want := maps.Clone(before.Entries)
	for _, name := range drop {
		delete(want, name)
	}
	for name, value := range values {
		want[name] = history.Entry{Value: value, Version: after.Entries[name].Version}
	}
	return after.Scope == before.Scope && maps.Equal(want, after.Entries) && allOpen(after, values)
}

// allOpen reports whether the named entries are sealed with a key version and open; without names, whether all are.
func allOpen(s *history.State, names map[string]string) bool {
	for name, one := range s.Entries {
		_, named := names[name]
		if (names == nil || named) && (one.Broken != "" || one.Version < 1) {
			return false
		}
	}
	return true
}

// sees reports whether entries have the values that an operation has seen; empty: the entry did not exist.
func sees(before *history.State, seen map[string]string) bool {
	for name, value := range seen {
		if before.Entries[name].Value != value {
			return false
		}
	}
	return true
}

// withField is an entry's JSON object with the field that an operation sets.
func withField(before *history.State, op *history.Operation) (string, bool) {
	old, found := entry(before, op.Entry)
	if !found {
		return "", false
	}
	object := map[string]string{}
	if json.Unmarshal([]byte(old.Value), &object) != nil {
		return "", false
	}
	object[op.Field] = op.Values[op.Field]
	text, err := json.Marshal(object)
	return string(text), err == nil
}

// resealed: the values stay, under another scope. Without another scope, nothing changes.
func resealed(before *history.State, op *history.Operation, after *history.State) bool {
	switch {
	case before == nil:
		return false
	case before.Equal(after):
		return op.Scope == before.Scope
	}
	return after.Scope == op.Scope && raised(before, after) && allOpen(after, nil)
}

// sealedAgain: the values and the scope stay, and some versions rise.
func sealedAgain(before, after *history.State) bool {
	return before != nil && after != nil && after.UID == before.UID && after.Scope == before.Scope &&
		!before.Equal(after) && raised(before, after) && allOpen(after, nil)
}

// rewrapped: the values and the scope stay, some versions rise, and none is below the rotation's target.
func rewrapped(before *history.State, c call) bool {
	if before == nil || before.Equal(c.after) || before.Scope != c.after.Scope || !raised(before, c.after) {
		return false
	}
	for _, one := range c.after.Entries {
		if one.Version < c.target {
			return false
		}
	}
	return allOpen(c.after, nil)
}

// raised reports whether both states have the same values, and no version has become older.
func raised(before, after *history.State) bool {
	for name, one := range before.Entries {
		if is, found := after.Entries[name]; !found || is.Version < one.Version {
			return false
		}
	}
	return maps.Equal(before.Values(), after.Values())
}
