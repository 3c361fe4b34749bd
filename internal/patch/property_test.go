package patch

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestProperties: for generated documents and edits, Apply gives what the same edits give on the values, and checked
// holds.
func TestProperties(t *testing.T) {
	for seed := range uint64(100) {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) { checkGenerated(t, seed) }) {
			return
		}
	}
}

func FuzzProperties(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(checkGenerated)
}

func checkGenerated(t *testing.T, seed uint64) {
	g := newGenerator(seed)
	text := g.document()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	read, err := readOrdered(d.value)
	if err != nil {
		t.Fatal(err)
	}
	edits := g.edits(tree(read), 1+g.IntN(5))
	after, err := checked(t, text, edits...)
	if errors.Is(err, ErrForm) && strings.HasPrefix(text, "{") && !json.Valid([]byte(text)) {
		return // what the edits leave of it may be JSON, in which the source text of YAML cannot be restored
	}
	if err != nil {
		t.Fatalf("%v\n%s\n%q\n%v", err, text, text, edits)
	}
	changed, err := Parse([]byte(after))
	if err != nil {
		t.Fatal(err)
	}
	want := plain(t, d.value)
	for _, e := range edits {
		text, err := json.Marshal(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		want = plainApply(want, e.At, e.Op, plain(t, text))
	}
	if got := plain(t, changed.value); !reflect.DeepEqual(got, want) {
		t.Fatalf("%v\n%v\nwant\n%v\n%v", edits, got, want, text)
	}
}

func plain(t *testing.T, text []byte) any {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// plainApply is what an edit does, written as simply as possible.
func plainApply(value any, at Path, op Op, with any) any {
	if len(at) == 0 {
		return with
	}
	step, isLast := at[0], len(at) == 1
	if step.kind == stepKey {
		members, _ := value.(map[string]any)
		if members == nil {
			members = map[string]any{}
		}
		if isLast && op == Remove {
			delete(members, step.name)
		} else {
			members[step.name] = plainApply(members[step.name], at[1:], op, with)
		}
		return members
	}
	items, _ := value.([]any)
	n := step.index
	for i, item := range items {
		members, isMapping := item.(map[string]any)
		if step.kind == stepWhere && isMapping && members[step.field] == step.name {
			n = i
		}
	}
	if step.kind == stepEnd {
		n = len(items)
	}
	switch {
	case isLast && op == Insert:
		return append(append(append([]any{}, items[:n]...), with), items[n:]...)
	case isLast && op == Remove:
		return append(append([]any{}, items[:n]...), items[n+1:]...)
	}
	items[n] = plainApply(items[n], at[1:], op, with)
	return items
}
