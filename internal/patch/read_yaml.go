package patch

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlReader finds the values of a YAML document in its text. The nodes of the YAML library say what comes next, so
// that it only has to find where each value begins and ends.
type yamlReader struct {
	text    string
	at      int
	out     *tokens
	aliased map[*yaml.Node]bool
}

// readYAML reads a document, or a part of one that is a document by itself.
func readYAML(text string) (*tokens, *node, error) {
	var document yaml.Node
	if err := unmarshal(text, &document); err != nil || len(document.Content) != 1 {
		return nil, nil, ErrForm
	}
	r := yamlReader{text: text, out: newTokens(), aliased: map[*yaml.Node]bool{}}
	r.findAliased(&document)
	r.prologue()
	root, ok := r.node(document.Content[0], around{column: -1})
	if ok {
		r.epilogue()
	}
	if !ok || r.at != len(text) {
		return nil, nil, ErrForm
	}
	return r.out, root, nil
}

// unmarshal turns panics of the library into errors.
func unmarshal(text string, into *yaml.Node) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrForm
		}
	}()
	return yaml.Unmarshal([]byte(text), into)
}

func (r *yamlReader) findAliased(y *yaml.Node) {
	if y.Alias != nil {
		r.aliased[y.Alias] = true
	}
	for _, child := range y.Content {
		r.findAliased(child)
	}
}

// around is where a value is.
type around struct {
	flow   bool
	inList bool // directly in a list
	column int  // of the innermost collection in block style
}

func (r *yamlReader) emit(kind tokenKind, end int) *token {
	t := &token{kind: kind, text: r.text[r.at:end]}
	r.out.add(t)
	r.at = end
	return t
}

func (r *yamlReader) rest() string { return r.text[r.at:] }

func (r *yamlReader) next() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// trivia reads white space and comments.
func (r *yamlReader) trivia() {
	for r.at < len(r.text) {
		end := r.at + blanks(r.rest())
		if end < len(r.text) && r.text[end] == '#' {
			end += lineLength(r.text[end:])
		}
		ended := breakAt(r.text[end:])
		if end += ended; end > r.at {
			r.emit(trivia, end)
		}
		if ended == 0 {
			return
		}
	}
}

// blanks is the number of blanks at the beginning of a text.
func blanks(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

// lineLength is the length of the first line of a text, without its end.
func lineLength(text string) int {
	for at, char := range text {
		switch char {
		case '\n', '\r', '\u0085', '\u2028', '\u2029':
			return at
		}
	}
	return len(text)
}

// prologue reads what is before the first value.
func (r *yamlReader) prologue() {
	for r.trivia(); strings.HasPrefix(r.rest(), "%"); r.trivia() {
		end := r.at + lineLength(r.rest())
		r.emit(trivia, end+breakAt(r.text[end:]))
	}
	if strings.HasPrefix(r.rest(), "---") && isSpace(r.text[r.at+3:]) {
		r.emit(mark, r.at+3)
	}
}

func (r *yamlReader) epilogue() {
	r.trivia()
	for strings.HasPrefix(r.rest(), "...") && isSpace(r.text[r.at+3:]) {
		r.emit(mark, r.at+3)
		r.trivia()
	}
}

// isSpace reports whether a text begins with white space, or is empty.
func isSpace(text string) bool {
	return text == "" || text[0] == ' ' || text[0] == '\t' || breakAt(text) > 0
}

// node reads a value.
func (r *yamlReader) node(y *yaml.Node, in around) (*node, bool) {
	n := &node{text: y.Value, shared: r.aliased[y]}
	if isEmpty(y) && y.Anchor == "" && y.Style&yaml.TaggedStyle == 0 {
		return n, true
	}
	r.trivia()
	before := r.out.tail.prev
	if !r.properties(y) {
		return nil, false
	}
	var ok bool
	switch y.Kind {
	case yaml.AliasNode:
		n.kind, n.shared, ok = alias, true, strings.HasPrefix(r.rest(), "*"+y.Value)
		if y.Alias != nil && ok {
			n.text = y.Alias.Value
			r.emit(content, r.at+1+len(y.Value))
		}
	case yaml.ScalarNode:
		ok = r.scalar(y, n, in)
	default:
		ok = r.collection(y, n, in)
	}
	n.first, n.last = before.next, r.lastToken()
	return n, ok && n.first.kind != border
}

func isEmpty(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Value == "" && y.Style&^yaml.TaggedStyle == 0
}

// properties reads an anchor and a tag.
func (r *yamlReader) properties(y *yaml.Node) bool {
	expected := 0
	if y.Anchor != "" {
		expected++
	}
	if y.Style&yaml.TaggedStyle != 0 || y.Kind == yaml.ScalarNode && r.next() == '!' {
		expected++
	}
	for ; expected > 0; expected-- {
		if r.next() != '&' && r.next() != '!' {
			return false
		}
		end := r.at + 1
		for end < len(r.text) && !isSpace(r.text[end:]) && !strings.ContainsRune(",[]{}", rune(r.text[end])) {
			end++
		}
		if strings.HasPrefix(r.rest(), "!<") {
			if end = r.at + strings.IndexByte(r.rest(), '>') + 1; end <= r.at {
				return false
			}
		}
		r.emit(content, end)
		if expected > 1 || !isEmpty(y) {
			r.trivia()
		}
	}
	return true
}
