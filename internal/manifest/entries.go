package manifest

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// pair is the place of a mapping's entry.
type pair struct{ key, value span }

func (s splicer) pairOf(mapping *yaml.Node, n int) (pair, error) {
	key, err := spanOf(s.places, mapping.Content[2*n])
	if err != nil {
		return pair{}, err
	}
	value, err := spanOf(s.places, mapping.Content[2*n+1])
	return pair{key, value}, err
}

// add adds a new entry after the last one.
func (s splicer) add(name, value string) (edit, error) {
	for _, field := range []string{"data", "stringData"} {
		mapping := member(s.secret, field)
		if mapping == nil || len(mapping.Content) == 0 {
			continue
		}
		text := encoded(field, value)
		made, err := s.added(mapping, name, text)
		mapping.Content = append(mapping.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name},
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text})
		return made, err
	}
	return edit{}, errPlace
}

// added writes a new entry in the style of the last one: on a line of its own in block style, else after a comma.
func (s splicer) added(mapping *yaml.Node, name, value string) (edit, error) {
	n := len(mapping.Content) / 2
	for n > 1 && mapping.Content[2*n-1].Line == 0 {
		n-- // it was added just now
	}
	last, err := s.pairOf(mapping, n-1)
	if err != nil {
		return edit{}, err
	}
	if mapping.Style&yaml.FlowStyle == 0 {
		line := s.lineOf(last.key.from)
		indent, end := string(s.text[line:last.key.from]), s.nextLine(last.value.to)
		text := indent + quotedKey(name, last.key.style) + ": " + value
		if end == len(s.text) && !bytes.HasSuffix(s.text, []byte("\n")) {
			return edit{end, end, "\n" + text}, nil
		}
		return edit{end, end, text + lineEndOf(s.text[:end])}, nil
	}
	separator := string(s.text[beforeBlanks(s.text, last.key.from):last.key.from])
	colon := string(s.text[last.key.to:last.value.from])
	text := "," + separator + quotedKey(name, last.key.style) + colon + quoted(value, last.value.style)
	return edit{last.value.to, last.value.to, text}, nil
}

// beforeBlanks is the offset of the white space before an offset.
func beforeBlanks(text []byte, at int) int {
	for at > 0 && isBlank(text[at-1]) {
		at--
	}
	return at
}

// lineOf is where a line begins, nextLine where the next one begins.
func (s splicer) lineOf(at int) int { return bytes.LastIndexByte(s.text[:at], '\n') + 1 }

func (s splicer) nextLine(at int) int {
	if end := bytes.IndexByte(s.text[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(s.text)
}

func quoted(text string, style yaml.Style) string {
	if style&yaml.DoubleQuotedStyle != 0 {
		return `"` + text + `"`
	}
	return text
}

var plainKey = lazyregexp.New(`^[A-Za-z_][-._A-Za-z0-9]*$`)

// quotedKey writes a name as a key. It is quoted if YAML would read it as a number or a truth value.
func quotedKey(name string, style yaml.Style) string {
	words := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
	if !plainKey().MatchString(name) || slices.Contains(words, strings.ToLower(name)) {
		style = yaml.DoubleQuotedStyle
	}
	return quoted(name, style)
}

// drop removes an entry from data and stringData.
func (s splicer) drop(name string) ([]edit, error) {
	var edits []edit
	for _, field := range fields() {
		mapping := member(s.secret, field)
		if mapping == nil {
			continue
		}
		for n := range len(mapping.Content) / 2 {
			if mapping.Content[2*n].Value != name {
				continue
			}
			made, err := s.dropped(mapping, n)
			if err != nil {
				return nil, err
			}
			edits = append(edits, made)
			mapping.Content = slices.Delete(slices.Clone(mapping.Content), 2*n, 2*n+2)
			break
		}
	}
	return edits, nil
}

// dropped removes the lines of an entry in block style, else the entry and one comma.
func (s splicer) dropped(mapping *yaml.Node, n int) (edit, error) {
	gone, err := s.pairOf(mapping, n)
	switch {
	case err != nil:
		return edit{}, err
	case mapping.Style&yaml.FlowStyle == 0:
		return edit{s.lineOf(gone.key.from), s.nextLine(gone.value.to), ""}, nil
	case n > 0:
		before, err := s.pairOf(mapping, n-1)
		return edit{before.value.to, gone.value.to, ""}, err
	case len(mapping.Content) > 2:
		next, err := s.pairOf(mapping, 1)
		return edit{gone.key.from, next.key.from, ""}, err
	}
	return edit{gone.key.from, gone.value.to, ""}, nil
}
