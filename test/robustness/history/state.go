package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// State is a Secret as it is stored, opened. A nil *State is a Secret that does not exist.
type State struct {
	UID   string `json:"uid,omitempty"`
	Scope string `json:"scope,omitempty"` // as its annotation says
	// Entries by name. Reads of plaintext leave versions at 0.
	Entries map[string]Entry `json:"entries"`
}

// Entry is one sealed value.
type Entry struct {
	Value   string `json:"value,omitempty"`
	Version int    `json:"version,omitempty"` // of the transit key
	// Broken says why the entry does not open in its place; empty: it opens.
	Broken string `json:"broken,omitempty"`
}

// Equal reports whether two states are the same.
func (s *State) Equal(other *State) bool {
	if s == nil || other == nil {
		return s == other
	}
	return s.UID == other.UID && s.Scope == other.Scope && maps.Equal(s.Entries, other.Entries)
}

// Clone is a copy that can be changed.
func (s *State) Clone() *State {
	if s == nil {
		return nil
	}
	return &State{UID: s.UID, Scope: s.Scope, Entries: maps.Clone(s.Entries)}
}

// Values are the plaintexts by entry.
func (s *State) Values() map[string]string {
	values := map[string]string{}
	if s != nil {
		for name, entry := range s.Entries {
			values[name] = entry.Value
		}
	}
	return values
}

// String has all of a state, in one order.
func (s *State) String() string {
	if s == nil {
		return "absent"
	}
	var text strings.Builder
	uid, _, _ := strings.Cut(s.UID, "-")
	fmt.Fprintf(&text, "%s %s {", uid, s.Scope)
	for i, name := range slices.Sorted(maps.Keys(s.Entries)) {
		if i > 0 {
			text.WriteString(", ")
		}
		entry := s.Entries[name]
		fmt.Fprintf(&text, "%s=%s v%d", name, entry.Value, entry.Version)
		if entry.Broken != "" {
			fmt.Fprintf(&text, " (%s)", entry.Broken)
		}
	}
	return text.String() + "}"
}
