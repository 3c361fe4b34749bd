package patch

import "strings"

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
