package patch

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// token is a piece of the text. Joined, all tokens are the text.
type token struct {
	kind       tokenKind
	text       string
	prev, next *token
}

type tokenKind uint8

const (
	trivia  tokenKind = iota // white space and comments, at most to the end of a line
	mark                     // an indicator, such as a colon, a dash or a bracket
	content                  // a scalar, an alias, an anchor or a tag
	border                   // before the first and behind the last token
)

// tokens is a list between two borders.
type tokens struct{ head, tail *token }

func newTokens() *tokens {
	t := &tokens{&token{kind: border}, &token{kind: border}}
	t.head.next, t.tail.prev = t.tail, t.head
	return t
}

// add puts a token at the end.
func (l *tokens) add(t *token) {
	t.prev, t.next = l.tail.prev, l.tail
	t.prev.next, l.tail.prev = t, t
}

// cut takes the tokens from a to before b out of their list and returns their text. If nothing takes their place, the
// caller must call mergeBack of b.
func cut(a, b *token) string {
	if a == b {
		return ""
	}
	text := join(a, b)
	a.prev.next, b.prev = b, a.prev
	return text
}

// paste puts the tokens from a to before b of another list before a token.
func paste(before, a, b *token) {
	if a == b {
		return
	}
	last := b.prev
	a.prev.next, b.prev = b, a.prev
	a.prev, last.next = before.prev, before
	before.prev.next, before.prev = a, last
	before.mergeBack()
	a.mergeBack()
}

// mergeBack merges a token and the one before it, if both are trivia of one line.
func (t *token) mergeBack() {
	for before := t.prev; t.kind == trivia && before.kind == trivia && !before.endsLine(); before = t.prev {
		t.text = before.text + t.text
		t.prev, before.prev.next = before.prev, t
	}
}

// join is the text from a to before b.
func join(a, b *token) string {
	size := 0
	for t := a; t != b; t = t.next {
		size += len(t.text)
	}
	var out strings.Builder
	out.Grow(size)
	for t := a; t != b; t = t.next {
		out.WriteString(t.text)
	}
	return out.String()
}

// endsLine reports whether a new line begins behind a token.
func (t *token) endsLine() bool {
	return t.kind == border || t.kind == trivia && breakBefore(t.text) > 0
}

// lineStart is the first token of the line on which a token begins.
func (t *token) lineStart() *token {
	for !t.prev.endsLine() {
		t = t.prev
	}
	return t
}

// column is the number of characters before a token on its line.
func (t *token) column() int {
	n := 0
	for s := t.lineStart(); s != t; s = s.next {
		if at := strings.LastIndexAny(s.text, "\r\n"); at >= 0 {
			n = utf8.RuneCountInString(s.text[at+1:])
		} else {
			n += utf8.RuneCountInString(s.text)
		}
	}
	return n
}

// beginsLine reports whether only blanks are before a token on its line.
func (t *token) beginsLine() bool {
	return t.prev.endsLine() || t.prev.kind == trivia && t.prev.prev.endsLine()
}

// nextLine is the first token of the next line, behind a token that only trivia follow on its line.
func (t *token) nextLine() *token {
	for t = t.next; t.kind == trivia; t = t.next {
		if t.endsLine() {
			return t.next
		}
	}
	return t
}

// node is a value in the text.
type node struct {
	kind   nodeKind
	flow   bool   // in brackets
	bare   bool   // a mapping of one pair in a list in brackets, without braces
	shared bool   // an alias leads to it
	text   string // of a scalar: its value
	quoted bool   // with double quotes
	block  bool   // a literal or folded scalar

	first, last *token // nil: an empty value; not of a collection in block style, whose items can change
	items       []*item
	keys        map[string]*item // of a large mapping; nil: not made
	owner       *item            // whose value it is; nil: the root
}

type nodeKind uint8

const (
	scalar nodeKind = iota
	alias
	mapping
	list
)

// item is a member of a mapping or an item of a list.
type item struct {
	in    *node
	first *token
	key   *node  // nil: in a list
	mark  *token // the colon or the dash; nil: none
	value *node
}

// last is the last token of an item that is not trivia.
func (i *item) last() *token {
	v := i.value
	switch {
	case v.items != nil && !v.flow:
		return v.items[len(v.items)-1].last()
	case v.last != nil:
		return v.last
	case i.mark != nil:
		return i.mark
	case i.key != nil && i.key.last != nil:
		return i.key.last
	}
	return i.first
}

// remove takes an item out of a collection, add puts one in.
func (n *node) remove(at int) {
	if n.keys != nil {
		delete(n.keys, n.items[at].key.text)
	}
	n.items = slices.Delete(n.items, at, at+1)
}

func (n *node) add(at int, i *item) {
	i.in = n
	if n.keys != nil {
		n.keys[i.key.text] = i
	}
	n.items = slices.Insert(n.items, at, i)
}

const manyKeys = 16

// member finds a key of a mapping.
func (n *node) member(name string) *item {
	if n.keys == nil && len(n.items) > manyKeys {
		n.keys = make(map[string]*item, len(n.items))
		for _, i := range n.items {
			n.keys[i.key.text] = i
		}
	}
	if n.keys != nil {
		return n.keys[name]
	}
	for _, i := range n.items {
		if i.key.text == name {
			return i
		}
	}
	return nil
}

// breakAt is the length of a line break at the beginning of a text; 0: it has no line break there.
func breakAt(text string) int {
	switch {
	case strings.HasPrefix(text, "\r\n"):
		return 2
	case strings.HasPrefix(text, "\n"), strings.HasPrefix(text, "\r"):
		return 1
	case strings.HasPrefix(text, "\u0085"):
		return 2
	case strings.HasPrefix(text, "\u2028"), strings.HasPrefix(text, "\u2029"):
		return 3
	}
	return 0
}

// breakBefore is the length of a line break at the end of a text.
func breakBefore(text string) int {
	if strings.HasSuffix(text, "\r\n") {
		return 2
	}
	_, size := utf8.DecodeLastRuneInString(text)
	return breakAt(text[len(text)-size:])
}

// column is the column of a collection in block style. Source text fits only where it is the same.
func (n *node) column() int {
	if n.flow {
		return inBrackets
	}
	return n.items[0].first.column()
}

// inBrackets is the column of what is in brackets.
const inBrackets = -1
