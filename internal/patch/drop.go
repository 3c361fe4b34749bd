package patch

import "strings"

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
