package patch

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// Key returns the key that a step leads to; false: it leads to an item of a list.
func (s Step) Key() (name string, ok bool) { return s.name, s.kind == stepKey }

// Where returns the field that identifies an item, and its text; false: a step of another kind.
func (s Step) Where() (field, text string, ok bool) { return s.field, s.name, s.kind == stepWhere }

// Index returns the number of an item; false: a step of another kind.
func (s Step) Index() (n int, ok bool) { return s.index, s.kind == stepIndex }

var comment = lazyregexp.New(`(?m)(^|[ \t])#`)

// KeepsComment reports whether an edit that undoes another one keeps text that looks like a comment.
func (e Edit) KeepsComment() bool {
	return e.undo != nil && e.undo.Source != nil && comment().MatchString(e.undo.Source.Text)
}
