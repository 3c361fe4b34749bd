package patch

import "go.yaml.in/yaml/v3"

func (r *yamlReader) collection(y *yaml.Node, n *node, in around) bool {
	n.kind, n.flow = list, y.Style&yaml.FlowStyle != 0
	if y.Kind == yaml.MappingNode {
		n.kind = mapping
	}
	if n.flow {
		return r.flow(y, n, in)
	}
	in = around{column: r.out.tail.column()}
	for at := 0; at < len(y.Content); {
		i := &item{in: n}
		r.trivia()
		before := r.out.tail.prev
		ok := false
		if n.kind == mapping {
			ok = r.pair(y.Content[at], y.Content[at+1], i, in)
			at += 2
		} else {
			ok = r.element(y.Content[at], i, in)
			at++
		}
		if !ok {
			return false
		}
		r.finish(n, i, before)
	}
	return true
}

// finish adds an item whose tokens are those after before.
func (r *yamlReader) finish(n *node, i *item, before *token) {
	i.first = before.next
	i.value.owner = i
	n.items = append(n.items, i)
}

// lastToken is the last token that is not trivia.
func (r *yamlReader) lastToken() *token {
	t := r.out.tail.prev
	for t.kind == trivia {
		t = t.prev
	}
	return t
}

func (r *yamlReader) element(value *yaml.Node, i *item, in around) bool {
	if r.next() != '-' || !isSpace(r.text[r.at+1:]) {
		return false
	}
	i.mark = r.emit(mark, r.at+1)
	var ok bool
	in.inList = true
	i.value, ok = r.node(value, in)
	return ok
}

// pair reads a member of a mapping in either style.
func (r *yamlReader) pair(key, value *yaml.Node, i *item, in around) bool {
	explicit := r.next() == '?' && isSpace(r.text[r.at+1:])
	if explicit {
		r.emit(mark, r.at+1)
	}
	var ok bool
	if i.key, ok = r.node(key, in); !ok {
		return false
	}
	if r.trivia(); r.next() != ':' {
		i.value = &node{}
		return (in.flow || explicit) && isEmpty(value)
	}
	i.mark = r.emit(mark, r.at+1)
	i.value, ok = r.node(value, in)
	return ok
}

func (r *yamlReader) flow(y *yaml.Node, n *node, in around) bool {
	in.flow = true
	ends := byte(']')
	switch {
	case n.kind == mapping && r.next() == '{':
		ends = '}'
	case n.kind == mapping && in.inList && len(y.Content) == 2:
		n.bare = true
		i := &item{in: n}
		before := r.out.tail.prev
		in.inList = false
		ok := r.pair(y.Content[0], y.Content[1], i, in)
		if ok {
			r.finish(n, i, before)
		}
		return ok
	case n.kind == list && r.next() == '[':
	default:
		return false
	}
	r.emit(mark, r.at+1)
	in.inList = n.kind == list
	for at := 0; at < len(y.Content); {
		if r.trivia(); at > 0 {
			if r.next() != ',' {
				return false
			}
			r.emit(mark, r.at+1)
			r.trivia()
		}
		i := &item{in: n}
		before := r.out.tail.prev
		ok := false
		if n.kind == mapping {
			ok = r.pair(y.Content[at], y.Content[at+1], i, in)
			at += 2
		} else {
			i.value, ok = r.node(y.Content[at], in)
			at++
		}
		if !ok || r.out.tail.prev == before {
			return false
		}
		r.finish(n, i, before)
	}
	if r.trivia(); r.next() == ',' {
		r.emit(mark, r.at+1)
		r.trivia()
	}
	if r.next() != ends {
		return false
	}
	r.emit(mark, r.at+1)
	return true
}
