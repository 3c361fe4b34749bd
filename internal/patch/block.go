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

// spot is where the text of a new item goes.
type spot struct {
	n      int    // number of the item
	before *token // in front of which the text goes
	text   string
	pad    string // blanks that stand for what is before the text on its line
}

// insert adds an item.
func (p place) insert(c change) error {
	written, err := p.written(c)
	to := written
	if src := c.source; src != nil {
		if restored, fits := p.restored(c); fits {
			to = restored
			p.spare = err == nil && restored == written
		}
	}
	if to.before == nil {
		return err
	}
	if p.n = to.n; p.in.flow {
		p.putFlow(to)
		return nil
	}
	part, root := p.part(to.pad, to.text, "")
	if root == nil || root.kind != p.in.kind || root.flow || len(root.items) != 1 {
		p.stale = true
	} else {
		p.in.add(p.n, root.items[0])
	}
	paste(to.before, part.head.next, part.tail)
	return nil
}

// restored is the spot of an item that was removed. Its source may not fit any more.
func (p place) restored(c change) (spot, bool) {
	p.n = p.position(c)
	src, fits := c.source.shifted(p.in.column())
	if !fits {
		return spot{}, false
	}
	first, owner := p.in.items[0].first, p.in.owner
	switch src.Form {
	case formFlow:
		return spot{p.n, p.flowBefore(), src.Text, ""}, p.in.flow
	case formLines:
		before := p.lineFor(src.Lines)
		return spot{p.n, before, p.lines(before, src.Text), ""}, !p.in.flow
	case formInline:
		return spot{p.n, first, src.Text, strings.Repeat(" ", src.Column)}, p.n == 0 && !first.beginsLine()
	case formRest:
		if owner == nil || owner.mark == nil || p.n > 0 {
			return spot{}, false
		}
		return spot{p.n, owner.mark.next, src.Text, strings.Repeat(" ", owner.mark.column()+1)}, true
	}
	return spot{}, false
}

// shifted returns the source for another column: the document may have been indented in another way since.
func (s *source) shifted(column int) (source, bool) {
	switch {
	case s == nil || (s.Column == inBrackets) != (column == inBrackets):
		return source{}, false
	case s.Column == column:
		return *s, true
	}
	lines := strings.SplitAfter(s.Text, "\n")
	for n, line := range lines {
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case n == 0 && s.Form != formLines, strings.Trim(line, " \r\n") == "":
		case spaces < s.Column-column:
			return source{}, false
		default:
			lines[n] = strings.Repeat(" ", spaces+column-s.Column) + line[spaces:]
		}
	}
	to := *s
	to.Text, to.Column = strings.Join(lines, ""), column
	return to, s.Form == formLines || s.Form == formTail
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

// written is the spot of a new item in the style of its neighbors.
func (p place) written(c change) (spot, error) {
	c.source = nil
	if p.n = p.position(c); p.in.flow {
		return p.writtenFlow(c), nil
	}
	first, column := p.in.items[0].first, p.in.column()
	if p.n == len(p.in.items) && opensEnded(p.in.items[p.n-1].last()) {
		p.n-- // what is behind the last one would change it
		if p.in.kind == list {
			return spot{}, ErrForm
		}
	}
	w, pad := p.blockWriter(p.in), strings.Repeat(" ", column)
	if p.n == 0 && !first.beginsLine() {
		return spot{p.n, first, w.item(c, column) + p.style.lineEnd + pad, pad}, nil
	}
	before := p.lineFor(0)
	if p.n == 0 {
		for before.prev.isLine() {
			before = before.prev
		}
	}
	w.noBlocks = unended(before) || deepUntil(before, column) != before
	return spot{p.n, before, p.lines(before, pad+w.item(c, column)+p.style.lineEnd), ""}, nil
}

// deepUntil is the token behind those whole lines from a token on that would become text of a block scalar before them:
// up to the last comment that is indented further than a column.
func deepUntil(t *token, column int) *token {
	until := t
	for ; t.isLine(); t = t.next {
		if spaces := blanks(t.text); spaces > column && spaces < len(t.text) && t.text[spaces] == '#' {
			until = t.next
		}
	}
	return until
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

// lines is the text of whole lines before a token. The last line of a text may have no end.
func (p place) lines(before *token, text string) string {
	leading, trailing := breakAt(text), breakBefore(text)
	switch {
	case before.next == nil && leading > 0 && trailing == 0: // it is the end again
	case unended(before) && leading == 0:
		return p.style.lineEnd + text[:len(text)-trailing]
	case !unended(before) && trailing == 0:
		return text[leading:] + p.style.lineEnd
	}
	return text
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
	if p.n > 0 {
		end = p.untilText(end)
	}
	if end.next == nil && !end.prev.endsLine() && start.prev.kind == trivia {
		start = splitBreak(start.prev)
	}
	src.Text = cut(start, end)
	end.mergeBack()
}

// untilText is behind the lines after an item that must go with it: those that would become text of a block scalar
// before it.
func (p place) untilText(end *token) *token {
	last := p.in.items[p.n-1].last()
	if last.kind != content || last.text[0] != '|' && last.text[0] != '>' {
		return end
	}
	if strings.Contains(last.text[:lineLength(last.text)], "+") {
		for t := end; t.isLine(); t = t.next {
			if blanks(t.text)+breakBefore(t.text) == len(t.text) {
				end = t.next
			}
		}
	}
	return deepUntil(end, p.in.column())
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
		end = splitBreak(end.prev)
		src.Form, src.Text = formRest, cut(start, end)
		end.mergeBack()
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
	w := p.blockWriter(p.in)
	w.noBlocks = atEnd || deepUntil(end, column) != end
	text := w.tail(c.value, p.comment(), column)
	if !atEnd {
		text += p.style.lineEnd
	}
	if src, fits := c.source.shifted(column); fits && src.Form == formTail {
		restored := src.Text
		switch ended := breakBefore(restored); {
		case atEnd:
			restored = restored[:len(restored)-ended]
		case ended == 0:
			restored += p.style.lineEnd
		}
		text, p.spare = restored, restored == text
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
