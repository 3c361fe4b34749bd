package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// difference is one place where a document differs from another. It names a path, never a value.
type difference struct {
	Path string `json:"path"` // empty: the whole document
	Kind string `json:"kind"` // added, removed or changed, from the first to the second
}

// documentText is a document as it is written, and in which notation.
type documentText struct {
	format document.Format
	text   []byte
}

// json is the document as JSON; false when it is no document of its format.
func (d documentText) json() ([]byte, bool) {
	text, err := document.ToJSON(d.format, d.text)
	return text, err == nil
}

// tellApart gives the differences between two documents, sorted by path. What is no document of its format differs as a
// whole.
func tellApart(from, to documentText) ([]difference, error) {
	before, isDocument := from.json()
	after, isAlso := to.json()
	if !isDocument || !isAlso {
		return []difference{{Kind: string(document.Changed)}}, nil
	}
	changes, err := document.Diff(before, after)
	if err != nil {
		return nil, err
	}
	differences := make([]difference, len(changes))
	for n, change := range changes {
		differences[n] = difference{Path: change.Path, Kind: string(change.Kind)}
	}
	return differences, nil
}
