package patch

import "strings"

// flowParts are what is before and behind a part of a collection in brackets, to read it by itself.
func (p place) flowParts(hasBefore, hasBehind bool) (string, string) {
	open, other, ends := "[", "0", "]"
	if p.in.kind == mapping {
		open, other, ends = "{", `"":0`, "}"
	}
	if hasBefore {
		open += other
	}
	if hasBehind {
		ends = other + ends
	}
	return open, ends
}

// flowBefore is the token before which an item goes in brackets, with a comma in front of it or behind it.
func (p place) flowBefore() *token {
	if p.n > 0 {
		return p.in.items[p.n-1].last().next
	}
	return p.in.items[0].first
}

// writtenFlow is the spot of a new item in brackets.
func (p place) writtenFlow(c change) spot {
	text, comma := p.flowWriter().item(c), strings.TrimRight(p.style.comma, " ")+p.flowGap()
	if p.n > 0 {
		text = comma + text
	} else {
		text += comma
	}
	return spot{p.n, p.flowBefore(), text, ""}
}

func (p place) putFlow(to spot) {
	prefix, suffix := p.flowParts(p.n > 0, p.n == 0)
	part, root := p.part(prefix, to.text, suffix)
	if root == nil || root.kind != p.in.kind || len(root.items) != 2 {
		p.stale = true
	} else {
		p.in.add(p.n, root.items[min(p.n, 1)])
	}
	paste(to.before, part.head.next, part.tail)
}

// flowGap is what is between a comma and the next item.
func (p place) flowGap() string {
	if indent, isMulti := p.ownLine(p.in.items[0]); isMulti {
		return p.style.lineEnd + indent
	}
	return p.style.comma[1:]
}

// ownLine returns the indentation of an item that begins a line.
func (p place) ownLine(i *item) (string, bool) {
	switch {
	case i.first.prev.endsLine():
		return "", i.first.prev.kind != border
	case i.first.prev.kind == trivia && i.first.prev.prev.endsLine():
		return i.first.prev.text, true
	}
	return "", false
}

func (p place) dropFlow(src *source) {
	src.Form = formFlow
	if p.n == 0 {
		src.Text = cut(p.item.first, p.in.items[1].first)
		return
	}
	end := p.item.last().next
	src.Text = cut(p.in.items[p.n-1].last().next, end)
	end.mergeBack()
}

// replaceFlow writes another value in brackets.
func (p place) replaceFlow(c change) (*source, error) {
	start, end := p.item.first, p.item.last().next
	if p.in.kind == mapping {
		if p.item.key.last == nil {
			return nil, ErrForm
		}
		start = p.item.key.last.next
	}
	text := p.colon() + p.flowWriter().value(c.value)
	if c.source != nil && c.source.Form == formTail && c.source.Column == inBrackets {
		text, p.spare = c.source.Text, c.source.Text == text
	}
	was := &source{Form: formTail, Column: inBrackets, Text: cut(start, end)}
	prefix, suffix := p.flowParts(false, false)
	if p.in.kind == mapping {
		prefix += `""`
	}
	p.putValue(end, prefix, text, suffix)
	return was, nil
}

// colon is what is between a key and its value.
func (p place) colon() string {
	if p.in.kind == list {
		return ""
	}
	if p.item.mark == nil || p.item.value.first == nil {
		return p.style.colon
	}
	between := join(p.item.key.last.next, p.item.value.first)
	if strings.ContainsAny(between, "#\r\n") {
		return p.style.colon
	}
	return between
}

// replaceRoot replaces the whole document.
func (t *text) replaceRoot(c change) (*source, error) {
	start, end := t.root.first, t.root.last
	if !t.root.flow {
		start, end = t.root.items[0].first, t.root.items[len(t.root.items)-1].last()
	}
	text := ""
	if c.source != nil && c.source.Form == formRoot {
		text = c.source.Text
	} else {
		p := place{text: t, in: t.root}
		text = p.flowWriter().value(c.value)
	}
	end = end.next
	was := &source{Form: formRoot, Text: cut(start, end)}
	t.stale = true
	raw := rawTokens(text)
	paste(end, raw.head.next, raw.tail)
	return was, nil
}
