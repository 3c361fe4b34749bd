package patch

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Op is what an edit does.
type Op string

// The kinds of edits.
const (
	// Set replaces a value, or adds a key to a mapping. It adds the mappings on the way that do not exist.
	Set Op = "set"
	// Insert adds an item to a list: before the item that the path leads to, or at the End. It adds the list, and the
	// mappings on the way, if they do not exist.
	Insert Op = "insert"
	// Remove removes a key of a mapping or an item of a list.
	Remove Op = "remove"
)

// Edit is one change of a document. It has a JSON form.
type Edit struct {
	Op    Op
	At    Path
	Value any // of Set and Insert: what encoding/json can write. Object keeps an order of keys.

	// Left is what the caller wants to know of the place when it undoes an edit. Apply does not read it.
	Left string

	undo *undo // of an edit that undoes another one; nil: of others
}

// undo says what was there before. An edit with it does nothing if its place does not exist any more.
type undo struct {
	Prune  int     `json:"prune,omitempty"` // remove so many parents too, if they are empty then
	Empty  *empty  `json:"empty,omitempty"` // what the collection was, if it is empty then
	Source *source `json:"source,omitempty"`
}

// empty is the value of a collection without items.
type empty struct {
	Value any `json:"value"`
}

// isEmpty reports whether the value of a record, which others may have written, is null, {} or [].
func (e empty) isEmpty() bool {
	switch value := e.Value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

type editJSON struct {
	Op    Op              `json:"op"`
	At    Path            `json:"at"`
	Value json.RawMessage `json:"value,omitempty"`
	Left  string          `json:"left,omitempty"`
	Undo  *undo           `json:"undo,omitempty"`
}

// MarshalJSON returns the JSON form.
func (e Edit) MarshalJSON() ([]byte, error) {
	out := editJSON{Op: e.Op, At: e.At, Left: e.Left, Undo: e.undo}
	if e.Op != Remove {
		text, err := json.Marshal(e.Value)
		if err != nil {
			return nil, err
		}
		out.Value = text
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the JSON form.
func (e *Edit) UnmarshalJSON(text []byte) error {
	var in editJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	switch in.Op {
	case Set, Insert, Remove:
	default:
		return fmt.Errorf("an edit that is not %s, %s or %s", Set, Insert, Remove)
	}
	if in.Undo != nil && in.Undo.Empty != nil && !in.Undo.Empty.isEmpty() {
		return errors.New("an edit that leaves more than an empty value")
	}
	*e = Edit{Op: in.Op, At: in.At, Left: in.Left, undo: in.Undo}
	if in.Op == Remove {
		return nil
	}
	var err error
	if in.Value == nil {
		return fmt.Errorf("an edit %s without a value", in.Op)
	}
	e.Value, err = readOrdered(in.Value)
	return err
}

// Below returns the edits for a document in which the object that they are for is at a place.
func Below(at Path, edits []Edit) []Edit {
	placed := make([]Edit, len(edits))
	for n, e := range edits {
		e.At = at.With(e.At...)
		placed[n] = e
	}
	return placed
}

// Within returns those of the edits that are below a place, as edits of the object there. It is the reverse of Below.
func Within(at Path, edits []Edit) []Edit {
	var inside []Edit
	for _, e := range edits {
		if len(e.At) > len(at) && e.At[:len(at)].String() == at.String() {
			e.At = e.At[len(at):]
			inside = append(inside, e)
		}
	}
	return inside
}
