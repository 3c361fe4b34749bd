package patch

import "strings"

// column is the column of a collection in block style. Source text fits only where it is the same.
func (n *node) column() int {
	if n.flow {
		return inBrackets
	}
	return n.items[0].first.column()
}

// inBrackets is the column of what is in brackets.
const inBrackets = -1

// insert adds an item.
func (p place) insert(c change) error {
	p.n = p.position(c)
	if p.in.flow {
		return p.insertFlow(c)
	}
	src := c.source
	if src != nil && (src.Column != p.in.column() || src.Form == formTail) {
		src = nil
	}
	switch {
	case src != nil && src.Form == formInline:
		if p.n > 0 || p.in.items[0].first.beginsLine() {
			return ErrForm
		}
		return p.put(p.in.items[0].first, src.Text, strings.Repeat(" ", src.Column))
	case src != nil && src.Form == formRest:
		owner := p.in.owner
		if owner == nil || owner.mark == nil || p.n > 0 {
			return ErrForm
		}
		return p.put(owner.mark.next, src.Text, strings.Repeat(" ", owner.mark.column()+1))
	case src != nil:
		return p.putLines(p.lineFor(src.Lines), src.Text)
	}
	return p.insertWritten(c)
}

// position is the number that the new item will have.
func (p place) position(c change) int {
	last := c.at[len(c.at)-1]
	switch {
	case last.index >= 0:
		return last.index
	case c.source == nil:
		return len(p.in.items)
	case c.source.After == nil:
		return 0
	}
	for n, i := range p.in.items {
		if i.key.text == *c.source.After {
			return n + 1
		}
	}
	return len(p.in.items)
}

// lineFor is the token before which the lines of a new item begin: after the item before it and some lines of comments,
// or as many lines before the first item.
func (p place) lineFor(lines int) *token {
	if p.n > 0 {
		t := p.in.items[p.n-1].last().nextLine()
		for ; lines > 0 && t.kind == trivia && (t.endsLine() || t.next.kind == border); lines-- {
			t = t.next
		}
		return t
	}
	t := p.in.items[0].first.lineStart()
	for ; lines > 0 && t.prev.isLine(); lines-- {
		t = t.prev
	}
	return t
}

// isLine reports whether a token is a whole line.
func (t *token) isLine() bool { return t.kind == trivia && t.endsLine() && t.prev.endsLine() }

// insertWritten adds an item in the style of its neighbors.
func (p place) insertWritten(c change) error {
	first, column := p.in.items[0].first, p.in.column()
	if p.n == len(p.in.items) && opensEnded(p.in.items[p.n-1].last()) {
		p.n-- // what is behind the last one would change it
		if p.in.kind == list {
			return ErrForm
		}
	}
	w := p.blockWriter(p.in)
	if p.n == 0 && !first.beginsLine() {
		pad := strings.Repeat(" ", column)
		return p.put(first, w.item(c, column)+p.style.lineEnd+pad, pad)
	}
	at := p.lineFor(0)
	if p.n == 0 {
		for at.prev.isLine() {
			at = at.prev
		}
	}
	w.noBlocks = unended(at)
	return p.putLines(at, strings.Repeat(" ", column)+w.item(c, column)+p.style.lineEnd)
}

// unended reports whether a token is the end of a text whose last line has no end.
func unended(at *token) bool { return at.next == nil && !at.prev.endsLine() }

// opensEnded reports whether a token is a block scalar at the end of the text that would get a line feed with the next
// line.
func opensEnded(t *token) bool {
	if t.next.kind != border || t.text == "" || t.text[0] != '|' && t.text[0] != '>' {
		return false
	}
	return !strings.Contains(t.text[:lineLength(t.text)], "-")
}

// putLines adds an item whose text is whole lines. The last line of a text may have no end.
func (p place) putLines(before *token, text string) error {
	leading, trailing := breakAt(text), breakBefore(text)
	switch {
	case unended(before) && leading == 0:
		text = p.style.lineEnd + text[:len(text)-trailing]
	case !unended(before) && trailing == 0:
		text = text[leading:] + p.style.lineEnd
	}
	return p.put(before, text, "")
}

// put adds an item whose text begins behind a pad.
func (p place) put(before *token, text, pad string) error {
	part, root := p.part(pad, text, "")
	if root == nil || root.kind != p.in.kind || root.flow || len(root.items) != 1 {
		p.stale = true
	} else {
		p.in.add(p.n, root.items[0])
	}
	paste(before, part.head.next, part.tail)
	return nil
}

// part reads a part of a document, and returns the tokens between the prefix and the suffix. Without a root, it cannot
// be read by itself: then it is one token.
func (t *text) part(prefix, part, suffix string) (*tokens, *node) {
	all, root, err := t.parse(prefix + part + suffix)
	if err == nil && trim(all, len(prefix), len(suffix)) {
		return all, root
	}
	return rawTokens(part), nil
}

func rawTokens(text string) *tokens {
	raw := newTokens()
	raw.add(&token{kind: content, text: text})
	return raw
}

// trim removes bytes at both ends of a list. They must be whole tokens.
func trim(l *tokens, front, back int) bool {
	a, b := l.head.next, l.tail
	for ; front > 0 && a != l.tail; a = a.next {
		front -= len(a.text)
	}
	for ; back > 0 && b != l.head.next; b = b.prev {
		back -= len(b.prev.text)
	}
	if front != 0 || back != 0 {
		return false
	}
	if a == b {
		l.head.next, l.tail.prev = l.tail, l.head
		return true
	}
	last := b.prev
	l.head.next, a.prev, l.tail.prev, last.next = a, l.head, last, l.tail
	return true
}

// drop removes one of several items.
func (p place) drop() (*source, error) {
	src := &source{Form: formLines, Column: p.in.column()}
	if p.in.kind == mapping && p.n > 0 {
		src.After = &p.in.items[p.n-1].key.text
	}
	switch {
	case p.in.flow:
		p.dropFlow(src)
	case p.item.first.beginsLine():
		p.dropLines(src)
	default:
		p.dropFirst(src)
	}
	p.in.remove(p.n)
	return src, nil
}

func (p place) dropLines(src *source) {
	start, end := p.item.first.lineStart(), p.item.last().nextLine()
	if p.n > 0 {
		for t := p.in.items[p.n-1].last().nextLine(); t != start; t = t.next {
			src.Lines++
		}
	} else {
		for t := p.in.items[1].first.lineStart(); t != end; t = t.prev {
			src.Lines++
		}
	}
	if end.next == nil && !end.prev.endsLine() && start.prev.kind == trivia {
		start = splitBreak(start.prev)
	}
	src.Text = cut(start, end)
}

// splitBreak makes the line break at the end of a token a token of its own.
func splitBreak(t *token) *token {
	size := breakBefore(t.text)
	if size == len(t.text) {
		return t
	}
	ended := &token{kind: trivia, text: t.text[len(t.text)-size:], prev: t, next: t.next}
	t.text = t.text[:len(t.text)-size]
	t.next.prev, t.next = ended, ended
	return ended
}

// dropFirst removes an item that begins behind the dash of another one. The next item takes its place, or its line
// stays, if there are comments in between.
func (p place) dropFirst(src *source) {
	next := p.in.items[1].first
	if end := p.item.last().nextLine(); end != next.lineStart() {
		start := p.item.first
		if start.prev.kind == trivia {
			start = start.prev
		}
		src.Form, src.Text = formRest, cut(start, splitBreak(end.prev))
		return
	}
	src.Form, src.Text = formInline, cut(p.item.first, next)
}

// replace writes another value behind a key or a dash.
func (p place) replace(c change) (*source, error) {
	if p.in.flow {
		return p.replaceFlow(c)
	}
	if p.item.mark == nil {
		return nil, ErrForm
	}
	start, end, column := p.item.mark.next, p.item.last().nextLine(), p.in.column()
	atEnd := !end.prev.endsLine()
	var text string
	if src := c.source; src != nil && src.Form == formTail && src.Column == column {
		text = src.Text
		switch ended := breakBefore(text); {
		case atEnd:
			text = text[:len(text)-ended]
		case ended == 0:
			text += p.style.lineEnd
		}
	} else {
		w := p.blockWriter(p.in)
		w.noBlocks = atEnd
		text = w.tail(c.value, p.comment(), column)
		if !atEnd {
			text += p.style.lineEnd
		}
	}
	was := &source{Form: formTail, Column: column, Text: cut(start, end)}
	prefix := strings.Repeat(" ", column) + "k:"
	if p.in.kind == list {
		prefix = strings.Repeat(" ", column) + "-"
	}
	p.putValue(end, prefix, text, "")
	return was, nil
}

// putValue gives the item the value that a text has.
func (p place) putValue(before *token, prefix, text, suffix string) {
	part, root := p.part(prefix, text, suffix)
	if root == nil || root.kind != p.in.kind || len(root.items) != 1 {
		p.stale = true
	} else {
		read := root.items[0]
		p.item.value, read.value.owner = read.value, p.item
		if p.in.flow {
			p.item.mark = read.mark
			if p.in.kind == list {
				p.item.first = read.first
			}
		}
	}
	paste(before, part.head.next, part.tail)
}

// comment is the comment on the line of the key or the dash, with the blanks before it.
func (p place) comment() string {
	t := p.item.mark.next
	if v := p.item.value; v.items == nil || v.flow {
		t = p.item.last().next
	}
	found := ""
	for ; t.kind == trivia; t = t.next {
		found += t.text
		if t.endsLine() {
			break
		}
	}
	if !strings.Contains(found, "#") {
		return ""
	}
	return found[:len(found)-breakBefore(found)]
}
