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

// text is a document whose tokens change.
type text struct {
	json   bool
	tokens *tokens
	root   *node
	style  style
	stale  bool // the tokens are right, but not the nodes
	spare  bool // the last change would have made the same without its source
}

func (t *text) String() string { return join(t.tokens.head.next, t.tokens.tail) }

func (t *text) read(text string) error {
	var err error
	if strings.Count(text, "\r") != strings.Count(text, "\r\n") {
		return ErrForm // these would become one line break with a line feed behind them
	}
	t.tokens, t.root, err = t.parse(text)
	if err == nil && t.style.lineEnd == "" {
		t.style = t.styleOf(text)
	}
	t.stale = false
	return err
}

// parse reads a document or a part of one.
func (t *text) parse(part string) (*tokens, *node, error) {
	if t.json {
		return readJSON(part)
	}
	return readYAML(part)
}

// change makes one change, and returns the source of what it took away.
func (t *text) change(c change) (*source, error) {
	if t.stale {
		if err := t.read(t.String()); err != nil {
			return nil, err
		}
	}
	if len(c.at) == 0 {
		return t.replaceRoot(c)
	}
	parent, err := t.find(c.at[:len(c.at)-1])
	if err != nil {
		return nil, err
	}
	p := place{t, parent, c.at[len(c.at)-1].index, nil}
	if parent.bare || parent.shared {
		return nil, ErrForm
	}
	if c.kind == inserts {
		return nil, p.insert(c)
	}
	if p.item, p.n, err = parent.itemAt(c.at[len(c.at)-1]); err != nil {
		return nil, err
	}
	if p.item.value.shared && p.item.value.kind != alias || anchorsShared(p.item.value) {
		return nil, ErrShared
	}
	if c.kind == drops {
		return p.drop()
	}
	return p.replace(c)
}

// place is where a change is: the n-th item of a collection.
type place struct {
	*text

	in   *node
	n    int
	item *item // nil: it is to be added
}

// find follows a path to a collection.
func (t *text) find(path []ref) (*node, error) {
	n := t.root
	for _, r := range path {
		i, _, err := n.itemAt(r)
		if err != nil {
			return nil, err
		}
		if n = i.value; n.shared {
			return nil, ErrShared
		}
	}
	return n, nil
}

// itemAt finds an item and its number.
func (n *node) itemAt(r ref) (*item, int, error) {
	switch {
	case n.shared:
		return nil, 0, ErrShared
	case r.index >= 0 && n.kind == list && r.index < len(n.items):
		return n.items[r.index], r.index, nil
	case r.index >= 0 || n.kind != mapping:
		return nil, 0, ErrForm
	}
	i := n.member(r.key)
	if i == nil {
		return nil, 0, ErrShared // it is from a merged mapping
	}
	for at, other := range n.items {
		if other == i {
			return i, at, nil
		}
	}
	return nil, 0, ErrForm
}

// anchorsShared reports whether an alias leads into a value. It would lead nowhere without it.
func anchorsShared(n *node) bool {
	for _, i := range n.items {
		if i.value.shared && i.value.kind != alias || anchorsShared(i.value) {
			return true
		}
		if i.key != nil && i.key.shared && i.key.kind != alias {
			return true
		}
	}
	return false
}
