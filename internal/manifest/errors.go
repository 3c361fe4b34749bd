package manifest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// Error says what is wrong with a manifest, and where. It contains no value of the text.
type Error struct {
	Document int    // from 1; 0: the text has only one
	Line     int    // of the text, from 1; 0: not known
	Column   int    // in characters, from 1; 0: not known
	Secret   string // empty: not known
	Entry    string // empty: it is about the Secret
	Reason   string

	mayBeValues bool // it is about a mapping with ciphertexts, such as the values of a chart
}

func (e *Error) Error() string {
	var text strings.Builder
	if e.Document > 0 {
		fmt.Fprintf(&text, "document %d: ", e.Document)
	}
	switch {
	case e.Line > 0 && e.Column > 0:
		fmt.Fprintf(&text, "line %d column %d: ", e.Line, e.Column)
	case e.Line > 0:
		fmt.Fprintf(&text, "line %d: ", e.Line)
	}
	switch {
	case e.Secret != "" && e.Entry != "":
		fmt.Fprintf(&text, "secret %s entry %q: ", e.Secret, e.Entry)
	case e.Secret != "":
		fmt.Fprintf(&text, "secret %s: ", e.Secret)
	case e.Entry != "":
		fmt.Fprintf(&text, "entry %q: ", e.Entry)
	}
	return text.String() + e.Reason
}

// mayBeValues reports whether an error is only about a mapping with ciphertexts, such as the values of a chart.
func mayBeValues(err error) bool {
	placed, ok := errors.AsType[*Error](err)
	return ok && placed.mayBeValues
}

// ReasonTemplate is the Reason of a Secret that a template would make.
const ReasonTemplate = "it is a template of a Secret, which cannot be read as it is"

// in makes an error of a part one of the whole text.
func (p part) in(err error, of int) *Error {
	var placed *Error
	var parsed *document.Error
	switch {
	case errors.As(err, &placed):
		copied := *placed
		placed = &copied
	case errors.As(err, &parsed):
		placed = &Error{Line: parsed.Line, Column: parsed.Column, Reason: parsed.Reason}
	default:
		placed = &Error{Reason: err.Error()}
	}
	if placed.Line > 0 {
		placed.Line += p.line
	}
	if of > 1 {
		placed.Document = p.number
	}
	return placed
}
