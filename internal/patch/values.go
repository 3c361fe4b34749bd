package patch

// ref is a step to a member of a mapping (index is -1) or to an item of a list.
type ref struct {
	key   string
	index int
}

func keyRef(name string) ref { return ref{key: name, index: -1} }

// change is an edit for this document: it replaces a value that exists, adds a member or an item to a collection that
// is not empty, or drops one of several.
type change struct {
	kind   changeKind
	at     []ref
	value  any     // ordered
	source *source // how to write it; nil: in the style of its neighbors
}

type changeKind int

const (
	replaces changeKind = iota
	inserts
	drops
)

// values is a decoded document: maps, *sequence and scalars.
type values struct{ root any }

// resolve follows a path as far as it exists. It returns the value there, and the steps that are left.
func (v *values) resolve(path Path) (at []ref, value any, rest []Step, err error) {
	value = v.root
	for n, step := range path {
		next, found, err := child(value, step)
		if err != nil {
			return nil, nil, nil, &PathError{path[:n+1], err}
		}
		if !found {
			return at, value, path[n:], nil
		}
		at, value = append(at, next), valueAt(value, next)
	}
	return at, value, nil, nil
}

// child finds one step. A missing key is no error.
func child(value any, step Step) (ref, bool, error) {
	switch value := value.(type) {
	case map[string]any:
		if step.kind != stepKey {
			return ref{}, false, ErrNoList
		}
		_, found := value[step.name]
		return keyRef(step.name), found, nil
	case *sequence:
		n, err := value.index(step)
		if err == nil && n == len(value.items) {
			err = ErrAbsent
		}
		return ref{index: n}, err == nil, err
	case nil:
		return ref{}, false, nil
	}
	if step.kind == stepKey {
		return ref{}, false, ErrNoMapping
	}
	return ref{}, false, ErrNoList
}

// index finds an item, or the place behind the last one.
func (s *sequence) index(step Step) (int, error) {
	switch step.kind {
	case stepWhere:
		return s.find(step.field, step.name)
	case stepEnd:
		return len(s.items), nil
	case stepIndex:
		if step.index < 0 || step.index > len(s.items) {
			return 0, ErrAbsent
		}
		return step.index, nil
	}
	return 0, ErrNoMapping
}

func valueAt(value any, r ref) any {
	if r.index >= 0 {
		return value.(*sequence).items[r.index]
	}
	return value.(map[string]any)[r.key]
}

// at returns the value at a place.
func (v *values) at(refs []ref) any {
	value := v.root
	for _, r := range refs {
		value = valueAt(value, r)
	}
	return value
}

// size is the number of members or items; 0 for others.
func size(value any) int {
	switch value := value.(type) {
	case map[string]any:
		return len(value)
	case *sequence:
		return len(value.items)
	}
	return 0
}

// apply makes a change.
func (v *values) apply(c change) {
	if len(c.at) == 0 {
		v.root = tree(c.value)
		return
	}
	parent, last := v.at(c.at[:len(c.at)-1]), c.at[len(c.at)-1]
	switch parent := parent.(type) {
	case map[string]any:
		if c.kind == drops {
			delete(parent, last.key)
		} else {
			parent[last.key] = tree(c.value)
		}
	case *sequence:
		switch c.kind {
		case drops:
			parent.remove(last.index)
		case inserts:
			parent.insert(last.index, tree(c.value))
		default:
			parent.items[last.index] = tree(c.value)
			parent.names = nil
		}
	}
	if len(c.at) > 1 {
		if list, isList := v.at(c.at[:len(c.at)-2]).(*sequence); isList && list.field == last.key {
			list.names = nil // an item changed its name
		}
	}
}

// steps describes a place with the steps that an edit has. It names an item that the edit does not name, if it is the
// only one with that name, so that the path stays right when items before it come and go.
func (v *values) steps(refs []ref, e Edit) Path {
	var path Path
	value := v.root
	for n, r := range refs {
		step := e.At[n]
		list, isList := value.(*sequence)
		found, exists, err := child(value, step)
		isKept := err == nil && exists && found == r
		switch {
		case isList && (!isKept || e.Op == Remove && n == len(e.At)-1):
			step = list.step(r.index)
		case !isList && !isKept:
			step = Key(r.key)
		}
		path = append(path, step)
		value = valueAt(value, r)
	}
	return path
}

// step describes an item of a list. Mounts are told apart by their path: several can have the name of one volume.
func (s *sequence) step(n int) Step {
	for _, field := range []string{"mountPath", "name"} {
		text, isText := s.text(n, field)
		if !isText {
			continue
		}
		if at, err := s.find(field, text); err == nil && at == n {
			return Where(field, text)
		}
	}
	return Index(n)
}
