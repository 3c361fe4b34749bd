package patch

import (
	"encoding/json"
	"strings"
)

// jsonReader finds the values of JSON text that is known to be valid.
type jsonReader struct {
	text string
	at   int
	out  *tokens
}

func readJSON(text string) (*tokens, *node, error) {
	if !json.Valid([]byte(text)) {
		return nil, nil, ErrForm
	}
	r := jsonReader{text: text, out: newTokens()}
	r.space()
	root := r.value()
	r.space()
	return r.out, root, nil
}

func (r *jsonReader) emit(kind tokenKind, end int) *token {
	t := &token{kind: kind, text: r.text[r.at:end]}
	r.out.add(t)
	r.at = end
	return t
}

// space reads white space, a token a line.
func (r *jsonReader) space() {
	for {
		end := r.at
		for end < len(r.text) && (r.text[end] == ' ' || r.text[end] == '\t') {
			end++
		}
		ended := 0
		if end < len(r.text) && (r.text[end] == '\n' || r.text[end] == '\r') {
			ended = breakAt(r.text[end:])
		}
		if end += ended; end > r.at {
			r.emit(trivia, end)
		}
		if ended == 0 {
			return
		}
	}
}

func (r *jsonReader) value() *node {
	n := &node{flow: true}
	switch r.text[r.at] {
	case '{':
		n.kind = mapping
	case '[':
		n.kind = list
	default:
		r.leaf(n)
		return n
	}
	n.first = r.emit(mark, r.at+1)
	for r.space(); r.text[r.at] != '}' && r.text[r.at] != ']'; r.space() {
		if r.text[r.at] == ',' {
			r.emit(mark, r.at+1)
			r.space()
		}
		i := &item{in: n}
		if n.kind == mapping {
			i.key = r.value()
			r.space()
			i.mark = r.emit(mark, r.at+1)
			r.space()
		}
		i.value = r.value()
		i.value.owner = i
		i.first = i.value.first
		if i.key != nil {
			i.first = i.key.first
		}
		n.items = append(n.items, i)
	}
	n.last = r.emit(mark, r.at+1)
	return n
}

func (r *jsonReader) leaf(n *node) {
	end := quotedLength(r.text[r.at:], '"')
	if end > 0 {
		n.quoted = true
	} else if end = strings.IndexAny(r.text[r.at:], ",]} \t\r\n"); end < 0 {
		end = len(r.text) - r.at
	}
	n.first = r.emit(content, r.at+end)
	n.last = n.first
	if n.text = n.first.text; n.quoted {
		if json.Unmarshal([]byte(n.text), &n.text) != nil {
			n.text = n.first.text
		}
	}
}
