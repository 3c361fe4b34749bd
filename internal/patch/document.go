package patch

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// Document is one YAML or JSON document.
type Document struct {
	mark   string // a byte order mark
	text   string
	format document.Format
	value  []byte // as JSON
}

const byteOrderMark = "\ufeff"

// Parse reads one YAML or JSON document with a mapping at the top.
func Parse(text []byte) (*Document, error) {
	body, marked := bytes.CutPrefix(text, []byte(byteOrderMark))
	d := &Document{text: string(body), format: document.YAML}
	if marked {
		d.mark = byteOrderMark
	}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); bytes.HasPrefix(trimmed, []byte("{")) && json.Valid(body) {
		d.format = document.JSON
	}
	var err error
	d.value, err = document.ToJSON(d.format, body)
	return d, err
}

// Apply makes the edits one after the other, and returns the new text and the edits that undo them. It reads the
// result again and compares it. It fails with a *PathError if an edit has no place or would change a second one, and
// with ErrForm if the text has a form that cannot be changed.
func (d *Document) Apply(edits []Edit) (text []byte, inverse []Edit, err error) {
	after, err := d.applied(edits)
	if err != nil {
		return nil, nil, err
	}
	inverse = after.inverse
	changed, err := Parse([]byte(after.text))
	if err != nil {
		return nil, nil, ErrForm
	}
	before, err := changed.applied(inverse)
	if err != nil || before.text != d.text {
		return nil, nil, ErrForm
	}
	for _, n := range before.spare {
		inverse[n].undo.Source = nil
	}
	return []byte(d.mark + after.text), inverse, nil
}

// Rewrite makes the edits as Apply does, for a caller that does not undo them.
func (d *Document) Rewrite(edits []Edit) ([]byte, error) {
	after, err := d.applied(edits)
	if err != nil {
		return nil, err
	}
	return []byte(d.mark + after.text), nil
}

// outcome is what edits made.
type outcome struct {
	text    string
	inverse []Edit
	spare   []int // the edits that did not need their source
}

// applied makes the edits with the source texts that they have. If that is not what they mean, for example because the
// document was written again by another program, it does without the texts.
func (d *Document) applied(edits []Edit) (outcome, error) {
	made, err := d.attempt(edits, d.format, true)
	if err == nil || !hasSource(edits) {
		return made, err
	}
	if d.format == document.JSON { // it may be what is left of YAML, such as {}
		made, err := d.attempt(edits, document.YAML, true)
		if err == nil && !d.spoiled(made.text) {
			return made, nil
		}
	}
	return d.attempt(edits, d.format, false)
}

// spoiled reports whether a text has members of YAML within what is left of JSON: another program has written the
// document as JSON, and its readers expect JSON.
func (d *Document) spoiled(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "{") && strings.TrimSpace(d.text) != "{}" &&
		!json.Valid([]byte(text))
}

func hasSource(edits []Edit) bool {
	for _, e := range edits {
		if e.undo != nil && e.undo.Source != nil {
			return true
		}
	}
	return false
}

func (d *Document) attempt(edits []Edit, format document.Format, withSource bool) (outcome, error) {
	var made outcome
	read, err := readOrdered(d.value)
	if err != nil {
		return made, err
	}
	v := &values{tree(read)}
	t := &text{json: format == document.JSON}
	if err := t.read(d.text); err != nil {
		return made, err
	}
	for n, e := range edits {
		c, undoing, err := v.plan(e)
		if _, hasNoPlace := errors.AsType[*PathError](err); hasNoPlace && e.undo != nil {
			continue // others removed or changed what this would undo
		}
		if err != nil {
			return made, err
		}
		if !withSource {
			c.source = nil
		}
		t.spare = false
		if undoing.undo.Source, err = t.change(*c); err != nil {
			return made, &PathError{e.At, err}
		}
		if t.spare {
			made.spare = append(made.spare, n)
		}
		v.apply(*c)
		made.inverse = append(made.inverse, v.settle(undoing, *c))
	}
	slices.Reverse(made.inverse)
	made.text = t.String()
	return made, check(made.text, format, v)
}

// check reads the text again and compares it with the values.
func check(text string, format document.Format, want *values) error {
	wanted := appendJSON(nil, untree(want.root))
	if strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		return ErrForm
	}
	got, err := document.ToJSON(format, []byte(text))
	if err != nil {
		return ErrForm
	}
	if differences, err := document.Diff(wanted, got); err != nil || len(differences) > 0 {
		return ErrForm
	}
	return nil
}
