package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// documentText is a document as it is written, and its notation.
type documentText struct {
	format document.Format
	text   []byte
}

// json returns the document as JSON; false when the text is not a document of its format.
func (d documentText) json() ([]byte, bool) {
	text, err := document.ToJSON(d.format, d.text)
	return text, err == nil
}

// tellApart returns the differences between two documents, sorted by path. When one of them is not a document of its
// format, the whole document counts as changed.
func tellApart(from, to documentText) ([]document.Difference, error) {
	before, isDocument := from.json()
	after, isAlso := to.json()
	if !isDocument || !isAlso {
		return []document.Difference{{Kind: document.Changed}}, nil
	}
	return document.Diff(before, after)
}
