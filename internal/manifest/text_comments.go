package manifest

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// SealedValues are the plaintext of entries of a Secret that is sealed or removed now.
type SealedValues struct {
	At     *SecretAt
	Values map[string][]byte
}

// minLineComment is the length from which a value is searched in a comment on its own line.
const minLineComment = 4

// comment is a comment of YAML. A text in quotes that looks like one counts too.
type comment struct {
	text string
	own  string // what is before it on the line, if that holds ciphertext
}

var commentStart = lazyregexp.New(`(^|[ \t])#`)

// CheckComments returns an error if a comment of the text with the replaced documents holds the plaintext of an entry,
// or one of its lines.
func (t *Text) CheckComments(all []SealedValues) error {
	read := commentsOf(t.After())
	if len(read.all) == 0 {
		return nil
	}
	for _, s := range all {
		for _, entry := range slices.Sorted(maps.Keys(s.Values)) {
			if c, found := read.holding(s.At, entry, s.Values[entry]); found {
				return t.inComment(s.At, entry, c)
			}
		}
	}
	return nil
}

// holding finds the first comment with the value, or with a line of it.
func (c comments) holding(at *SecretAt, entry string, value []byte) (comment, bool) {
	public := sealed.PublicMetadata{Namespace: at.Namespace, Name: at.Name}
	value = bytes.TrimSpace(value)
	if forms := public.Forms(value, minLineComment); holdsOne(c.together, forms) {
		for _, one := range c.all {
			own := len(value) >= sealed.MinPlaintextBytes || strings.Contains(one.own, entry)
			if own && holdsOne(one.text, forms) {
				return one, true
			}
		}
	}
	if !bytes.ContainsAny(value, "\r\n") {
		return comment{}, false
	}
	for line := range bytes.Lines(value) {
		text := string(bytes.TrimSpace(line))
		if len(public.Forms([]byte(text), sealed.MinPlaintextBytes)) == 0 || genericLine().MatchString(text) ||
			!strings.Contains(c.together, text) || strings.Contains(c.clear, text) {
			continue
		}
		for _, one := range c.all {
			if strings.Contains(one.text, text) {
				return one, true
			}
		}
	}
	return comment{}, false
}

// genericLine matches a line that says nothing about the value that it is in: the frame of a key or certificate, the
// name of a section, or only marks.
var genericLine = lazyregexp.New(`^(-----(BEGIN|END) [A-Z0-9 ]+-----|\[[^\]]*\]|[^\s:]+:|[^\pL\pN]+)$`)

// inComment says it with the line in the text as it was read, which may have had more lines.
func (t *Text) inComment(at *SecretAt, entry string, c comment) error {
	line, number := 0, 0
	for before := range bytes.Lines(t.text) {
		number++
		if line == 0 && bytes.HasSuffix(before, []byte(c.text)) {
			line = number
		}
	}
	return t.joinedErrors([]error{&Error{Line: line, Secret: at.Name, Entry: entry,
		Reason: "a comment holds its plaintext: remove the comment"}})
}

func holdsOne(text string, forms []string) bool {
	return slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, form) })
}

// comments are those of a text.
type comments struct {
	all      []comment
	together string // their text
	clear    string // the other text, which everyone reads anyway
}

// commentsOf are the comments of a text, unless it is JSON.
func commentsOf(text []byte) comments {
	if !bytes.Contains(text, []byte("#")) || isObject(text) {
		return comments{}
	}
	var read comments
	var together, clear strings.Builder
	for line := range bytes.Lines(text) {
		at := commentStart().FindIndex(line)
		if at == nil {
			clear.Write(line)
			continue
		}
		before := line[:at[0]]
		c := comment{text: string(line[at[0]:])}
		if mentionsSeal(before) {
			c.own = string(before)
		}
		read.all = append(read.all, c)
		together.WriteString(c.text + "\n")
		clear.WriteString(string(before) + "\n")
	}
	read.together, read.clear = together.String(), clear.String()
	return read
}
