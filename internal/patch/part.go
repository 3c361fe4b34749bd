package patch

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
