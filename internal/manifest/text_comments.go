package manifest

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// SealedValues are the plaintext of entries of a Secret that are sealed now.
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

var commentStart = regexp.MustCompile(`(^|[ \t])#`)

// CheckComments returns an error if a comment of the text with the replaced documents holds the plaintext of an entry.
func (t *Text) CheckComments(all []SealedValues) error {
	comments := commentsOf(t.After())
	if len(comments) == 0 {
		return nil
	}
	var together strings.Builder
	for _, c := range comments {
		together.WriteString(c.text + "\n")
	}
	for _, s := range all {
		public := sealed.PublicMetadata{Namespace: s.At.Namespace, Name: s.At.Name}
		for _, entry := range slices.Sorted(maps.Keys(s.Values)) {
			forms := public.Forms(s.Values[entry], minLineComment)
			if !holdsOne(together.String(), forms) {
				continue
			}
			least := len(bytes.TrimSpace(s.Values[entry]))
			for _, c := range comments {
				if (least >= sealed.MinPlaintextBytes || strings.Contains(c.own, entry)) && holdsOne(c.text, forms) {
					return t.inComment(s.At, entry, c)
				}
			}
		}
	}
	return nil
}

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

// commentsOf are the comments of a text, unless it is JSON.
func commentsOf(text []byte) []comment {
	if !bytes.Contains(text, []byte("#")) || isObject(text) {
		return nil
	}
	var all []comment
	for line := range bytes.Lines(text) {
		at := commentStart.FindIndex(line)
		if at == nil {
			continue
		}
		c := comment{text: string(line[at[0]:])}
		if before := line[:at[0]]; mentionsSeal(before) {
			c.own = string(before)
		}
		all = append(all, c)
	}
	return all
}
