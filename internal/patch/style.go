package patch

import "strings"

// style is how a document is written.
type style struct {
	lineEnd     string
	comma       string // between items in brackets: with the space behind it
	colon       string // in brackets
	unit        string // indentation of JSON; empty: it is on one line
	indent      int    // of a mapping below a key
	listIndent  int    // of a list below a key
	dashColumns int    // from a dash to what is behind it
}

// styleOf finds the style of a document by the first example of each.
func (t *text) styleOf(text string) style {
	s := style{lineEnd: "\n", comma: ", ", colon: ": ", indent: 2, listIndent: 0, dashColumns: 2}
	if end := lineLength(text); end < len(text) {
		if strings.HasPrefix(text[end:], "\r\n") {
			s.lineEnd = "\r\n"
		}
	}
	if t.json {
		s.ofJSON(t.tokens, t.root)
		return s
	}
	seen := map[pairOfKinds]bool{}
	s.look(t.root, seen)
	return s
}

func (s *style) ofJSON(l *tokens, root *node) {
	colon, comma := false, false
	for t := l.head.next; t != l.tail && (!colon || !comma); t = t.next {
		switch {
		case t.kind != mark:
		case t.text == ":" && !colon:
			if colon = true; t.next.kind != trivia {
				s.colon, s.comma = ":", ","
			}
		case t.text == "," && !comma:
			if comma = true; t.next.kind == trivia {
				s.comma = ", "
			}
		}
	}
	if len(root.items) > 0 && root.items[0].first.beginsLine() {
		s.unit = root.items[0].first.prev.text
		if root.items[0].first.prev.endsLine() {
			s.unit = ""
		}
	}
}

// pairOfKinds is a collection in block style in another one.
type pairOfKinds struct{ outer, inner nodeKind }

// look looks for the first mapping in a mapping, list in a mapping, and collection in a list.
func (s *style) look(n *node, seen map[pairOfKinds]bool) {
	if n.flow || n.items == nil {
		return
	}
	for _, i := range n.items {
		if len(seen) == 4 {
			return
		}
		if key := (pairOfKinds{n.kind, i.value.kind}); i.value.isBlock() && !seen[key] {
			seen[key] = true
			s.take(n, i.value)
		}
		s.look(i.value, seen)
	}
}

// isBlock reports whether a value is a collection in block style.
func (n *node) isBlock() bool { return n.items != nil && !n.flow }

// take takes the style from a collection in another one.
func (s *style) take(outer, inner *node) {
	by := inner.column() - outer.column()
	switch {
	case outer.kind == list && !inner.items[0].first.beginsLine():
		s.dashColumns = max(by, 2)
	case outer.kind == mapping && inner.kind == mapping:
		s.indent = max(by, 1)
	case outer.kind == mapping:
		s.listIndent = max(by, 0)
	}
}

// near is the style around a collection: the document's, but for what is different in or above it.
func (t *text) near(in *node) style {
	s := t.style
	if in == nil || in.flow {
		return s
	}
	var above []*node
	for n := in; n != nil && len(above) < maxAbove; n = n.above() {
		above = append(above, n)
	}
	for n := len(above) - 2; n >= 0; n-- {
		s.take(above[n+1], above[n])
	}
	for _, i := range in.items[:min(len(in.items), maxAbove)] {
		if i.value.isBlock() {
			s.take(in, i.value)
		}
	}
	return s
}

// maxAbove is how far the style of a place is looked for.
const maxAbove = 16

// above is the collection that a collection is in.
func (n *node) above() *node {
	if n.owner == nil {
		return nil
	}
	return n.owner.in
}
