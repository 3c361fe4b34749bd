package document

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Change is one difference between two documents.
type Change struct {
	// Path leads to the member: `database.password`, `servers[2].host`,
	// `tls["ca.crt"]`. A difference of the top level itself has the path ".".
	Path string
	Kind ChangeKind
}

// ChangeKind says what happened to a member. It prints as its text.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Diff compares two JSON texts and tells which members differ, never how. The
// order of members does not count, and numbers are compared by their exact
// value: 1, 1.0 and 10e-1 are the same. A member that is there on one side
// only is one change, whatever it holds. Changes are sorted by path, names as
// bytes and indexes as numbers; without a difference there are none.
func Diff(from, to []byte) ([]Change, error) {
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
	return d.changes, nil
}

type differ struct {
	// path holds the steps to the current values: `.NAME`, `["NAME"]`, `[N]`.
	path    []string
	changes []Change
}

func (d *differ) add(kind ChangeKind) {
	path := strings.TrimPrefix(strings.Join(d.path, ""), ".")
	if path == "" {
		path = "."
	}
	d.changes = append(d.changes, Change{Path: path, Kind: kind})
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
		d.step(memberStep(name), before[name], after[name])
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
		d.step("["+strconv.Itoa(i)+"]", before, after)
	}
}

// step compares what stands one step further; nil stands for nothing.
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

// memberStep is the step of a path to a member. A name of other characters
// than letters, digits, _ and - is quoted, so that no two members share a path
// and none can move a terminal's cursor.
func memberStep(name string) string {
	odd := func(c rune) bool { return c > '~' || c != '-' && !isShellByte(byte(c)) } //nolint:gosec // c is ASCII here
	if name == "" || strings.ContainsFunc(name, odd) {
		return "[" + strconv.Quote(name) + "]"
	}
	return "." + name
}
