package document

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Difference is one place where two documents differ. It holds the path and never a value.
//
// The words of this repository: a difference is what a comparison finds, here and in the engine; a change is what a
// write does, to a Secret, a manifest or an installation.
type Difference struct {
	// Path leads to the member. It is empty when the whole document differs.
	Path Path           `json:"path"`
	Kind DifferenceKind `json:"kind"`
}

// DifferenceKind says how the second document differs from the first. It prints as its text.
type DifferenceKind string

// The kinds of differences.
const (
	Added   DifferenceKind = "added"
	Removed DifferenceKind = "removed"
	Changed DifferenceKind = "changed"
)

// Diff compares two JSON texts and lists the members that differ, without their values. The order of members does not
// count. Numbers are compared by their exact value: 1, 1.0 and 10e-1 are equal. A member that only one side has is one
// difference, whatever it holds. The result is sorted by path, names as bytes and indexes as numbers.
func Diff(from, to []byte) ([]Difference, error) {
	before, err := readJSON(from)
	if err != nil {
		return nil, fmt.Errorf("first document: %w", err)
	}
	after, err := readJSON(to)
	if err != nil {
		return nil, fmt.Errorf("second document: %w", err)
	}
	var d differ
	d.compare(before, after)
	return d.differences, nil
}

type differ struct {
	path        Path // to the current values
	differences []Difference
}

func (d *differ) add(kind DifferenceKind) {
	d.differences = append(d.differences, Difference{Path: slices.Clone(d.path), Kind: kind})
}

func (d *differ) compare(from, to *value) {
	switch {
	case from.kind != to.kind:
		d.add(Changed)
	case from.kind == kindObject:
		d.objects(from, to)
	case from.kind == kindArray:
		d.arrays(from, to)
	case from.text == to.text:
	case from.kind == kindNumber && sameNumber(from.text, to.text):
	default:
		d.add(Changed)
	}
}

func (d *differ) objects(from, to *value) {
	before, after := from.byName(), to.byName()
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d.step(name, before[name], after[name])
	}
}

func (d *differ) arrays(from, to *value) {
	for i := range max(len(from.items), len(to.items)) {
		var before, after *value
		if i < len(from.items) {
			before = from.items[i]
		}
		if i < len(to.items) {
			after = to.items[i]
		}
		d.step(strconv.Itoa(i), before, after)
	}
}

// step compares two items one step further; nil is an item that does not exist.
func (d *differ) step(step string, from, to *value) {
	d.path = append(d.path, step)
	switch {
	case from == nil:
		d.add(Added)
	case to == nil:
		d.add(Removed)
	default:
		d.compare(from, to)
	}
	d.path = d.path[:len(d.path)-1]
}

func (v *value) byName() map[string]*value {
	members := make(map[string]*value, len(v.names))
	for i, name := range v.names {
		members[name] = v.items[i]
	}
	return members
}
