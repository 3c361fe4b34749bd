package patch

import "strings"

// text is a document whose tokens change.
type text struct {
	json   bool
	tokens *tokens
	root   *node
	style  style
	stale  bool // the tokens are right, but not the nodes
	spare  bool // the last change would have made the same without its source
}

func (t *text) String() string { return join(t.tokens.head.next, t.tokens.tail) }

func (t *text) read(text string) error {
	var err error
	if strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		return ErrForm // these would become one line break with a line feed behind them
	}
	t.tokens, t.root, err = t.parse(text)
	if err == nil && t.style.lineEnd == "" {
		t.style = t.styleOf(text)
	}
	t.stale = false
	return err
}

// parse reads a document or a part of one.
func (t *text) parse(part string) (*tokens, *node, error) {
	if t.json {
		return readJSON(part)
	}
	return readYAML(part)
}

// change makes one change, and returns the source of what it took away.
func (t *text) change(c change) (*source, error) {
	if t.stale {
		if err := t.read(t.String()); err != nil {
			return nil, err
		}
	}
	if len(c.at) == 0 {
		return t.replaceRoot(c)
	}
	parent, err := t.find(c.at[:len(c.at)-1])
	if err != nil {
		return nil, err
	}
	p := place{t, parent, c.at[len(c.at)-1].index, nil}
	if parent.bare || parent.shared {
		return nil, ErrForm
	}
	if c.kind == inserts {
		return nil, p.insert(c)
	}
	if p.item, p.n, err = parent.itemAt(c.at[len(c.at)-1]); err != nil {
		return nil, err
	}
	if p.item.value.shared && p.item.value.kind != alias || anchorsShared(p.item.value) {
		return nil, ErrShared
	}
	if c.kind == drops {
		return p.drop()
	}
	return p.replace(c)
}

// place is where a change is: the n-th item of a collection.
type place struct {
	*text

	in   *node
	n    int
	item *item // nil: it is to be added
}

// find follows a path to a collection.
func (t *text) find(path []ref) (*node, error) {
	n := t.root
	for _, r := range path {
		i, _, err := n.itemAt(r)
		if err != nil {
			return nil, err
		}
		if n = i.value; n.shared {
			return nil, ErrShared
		}
	}
	return n, nil
}

// itemAt finds an item and its number.
func (n *node) itemAt(r ref) (*item, int, error) {
	switch {
	case n.shared:
		return nil, 0, ErrShared
	case r.index >= 0 && n.kind == list && r.index < len(n.items):
		return n.items[r.index], r.index, nil
	case r.index >= 0 || n.kind != mapping:
		return nil, 0, ErrForm
	}
	i := n.member(r.key)
	if i == nil {
		return nil, 0, ErrShared // it is from a merged mapping
	}
	for at, other := range n.items {
		if other == i {
			return i, at, nil
		}
	}
	return nil, 0, ErrForm
}

// anchorsShared reports whether an alias leads into a value. It would lead nowhere without it.
func anchorsShared(n *node) bool {
	for _, i := range n.items {
		if i.value.shared && i.value.kind != alias || anchorsShared(i.value) {
			return true
		}
		if i.key != nil && i.key.shared && i.key.kind != alias {
			return true
		}
	}
	return false
}
