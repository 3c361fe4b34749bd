package patch

// plan finds what an edit changes, and the edit that undoes it. It changes nothing yet.
func (v *values) plan(e Edit) (*change, Edit, error) {
	var c *change
	var inverse Edit
	var err error
	value, err := ordered(e.Value)
	switch {
	case err != nil:
	case len(e.At) == 0:
		err = &PathError{e.At, ErrPath}
	case e.Op == Set:
		c, inverse, err = v.planSet(e, value)
	case e.Op == Insert:
		c, inverse, err = v.planInsert(e, value)
	case e.Op == Remove:
		c, inverse, err = v.planRemove(e)
	default:
		err = &PathError{e.At, ErrPath}
	}
	if err == nil && e.undo != nil {
		c.source = e.undo.Source
	}
	return c, inverse, err
}

func (v *values) planSet(e Edit, value any) (*change, Edit, error) {
	at, old, rest, err := v.resolve(e.At)
	switch {
	case err != nil:
		return nil, Edit{}, err
	case len(rest) == 0:
		return &change{replaces, at, value, nil}, Edit{Op: Set, At: e.At, Value: untree(old), undo: &undo{}}, nil
	}
	return v.grow(e, at, rest, value)
}

func (v *values) planInsert(e Edit, value any) (*change, Edit, error) {
	last := e.At[len(e.At)-1]
	if last.kind == stepKey {
		return nil, Edit{}, &PathError{e.At, ErrPath}
	}
	at, in, rest, err := v.resolve(e.At[:len(e.At)-1])
	if err != nil {
		return nil, Edit{}, err
	}
	list, isList := in.(*sequence)
	switch {
	case len(rest) > 0 || in == nil || isList && len(list.items) == 0:
		return v.grow(e, at, append(append([]Step{}, rest...), last), value)
	case !isList:
		return nil, Edit{}, &PathError{e.At, ErrNoList}
	}
	n, err := list.index(last)
	if err != nil && e.undo != nil {
		n, err = len(list.items), nil
	}
	if err != nil {
		return nil, Edit{}, &PathError{e.At, err}
	}
	return &change{inserts, append(at, ref{index: n}), value, nil}, Edit{Op: Remove, At: e.At, undo: &undo{}}, nil
}

// grow adds a value together with the parents that it lacks.
func (v *values) grow(e Edit, at []ref, rest []Step, value any) (*change, Edit, error) {
	for n := len(rest) - 1; n > 0; n-- {
		switch {
		case rest[n].kind == stepKey:
			value = Object{{rest[n].name, value}}
		case e.Op == Insert && n == len(rest)-1:
			value = []any{value}
		default:
			return nil, Edit{}, &PathError{e.At[:len(e.At)-len(rest)+1], ErrAbsent}
		}
	}
	inverse := Edit{Op: Remove, At: e.At, undo: &undo{Prune: len(rest) - 1}}
	in := v.at(at)
	if mapping, isMapping := in.(map[string]any); isMapping && len(mapping) > 0 {
		return &change{inserts, append(at, keyRef(rest[0].name)), value, nil}, inverse, nil
	}
	inverse.undo.Empty = &empty{untree(in)}
	switch {
	case rest[0].kind == stepKey:
		value = Object{{rest[0].name, value}}
	case e.Op == Insert && len(rest) == 1:
		value = []any{value}
	default:
		return nil, Edit{}, &PathError{e.At, ErrAbsent}
	}
	return &change{replaces, at, value, nil}, inverse, nil
}

func (v *values) planRemove(e Edit) (*change, Edit, error) {
	at, old, rest, err := v.resolve(e.At)
	switch {
	case err != nil:
		return nil, Edit{}, err
	case len(rest) > 0:
		return nil, Edit{}, &PathError{e.At, ErrAbsent}
	}
	inverse := Edit{Op: Set, At: e.At, Value: untree(old), undo: &undo{}}
	if last := at[len(at)-1]; last.index >= 0 {
		inverse.Op = Insert
		inverse.At = e.At[:len(e.At)-1].With(v.before(at))
	}
	prune := 0
	if e.undo != nil {
		prune = e.undo.Prune
	}
	for ; prune > 0 && len(at) > 1 && size(v.at(at[:len(at)-1])) == 1; prune-- {
		at = at[:len(at)-1]
	}
	parent := v.at(at[:len(at)-1])
	if size(parent) > 1 {
		return &change{drops, at, nil, nil}, inverse, nil
	}
	left := any(Object{})
	if _, isList := parent.(*sequence); isList {
		left = []any{}
	}
	if e.undo != nil && e.undo.Empty != nil {
		if left, err = ordered(e.undo.Empty.Value); err != nil {
			return nil, Edit{}, err
		}
	}
	return &change{replaces, at[:len(at)-1], left, nil}, inverse, nil
}

// before describes the place of an item by the next one.
func (v *values) before(at []ref) Step {
	list, n := v.at(at[:len(at)-1]).(*sequence), at[len(at)-1].index
	if n == len(list.items)-1 {
		return End()
	}
	if next := list.step(n + 1); next.kind != stepIndex {
		return next
	}
	return Index(n) // which it has when this one is gone
}

// settle gives the inverse a path that is right after the change.
func (v *values) settle(inverse Edit, c change) Edit {
	at := c.at
	if c.kind == drops {
		at = at[:len(at)-1]
	}
	for n := len(at); n < len(inverse.At); n++ {
		// Behind the change there are only the parents that it made, and new lists of one item.
		value := v.at(at)
		if size(value) == 0 || inverse.Op == Insert || c.kind == drops {
			break
		}
		next := keyRef(inverse.At[n].name)
		if _, isList := value.(*sequence); isList {
			next = ref{index: 0}
		}
		at = append(at[:n:n], next)
	}
	inverse.At = v.steps(at, inverse).With(inverse.At[len(at):]...)
	return inverse
}
