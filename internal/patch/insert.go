package patch

import "strings"

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
