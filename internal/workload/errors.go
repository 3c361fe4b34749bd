package workload

import (
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
)

// ErrorKind is what an Error is about. It decides what to do about it.
type ErrorKind string

// The kinds of errors.
const (
	NotAManifest   ErrorKind = "not a manifest"
	NoTemplate     ErrorKind = "no pod template"
	NotWellFormed  ErrorKind = "not well-formed"
	NameTaken      ErrorKind = "name taken"
	BadRecord      ErrorKind = "bad record"
	Owner          ErrorKind = "owner"
	Unsupported    ErrorKind = "unsupported"
	BadName        ErrorKind = "bad name"
	OldAPIVersion  ErrorKind = "old API version"
	OwnerField     ErrorKind = "owner field"
	ShortLived     ErrorKind = "short-lived source"
	NodesTooOld    ErrorKind = "nodes too old"
	NodesUnknown   ErrorKind = "nodes unknown"
	NoCommand      ErrorKind = "no command"
	Expansion      ErrorKind = "expansion"
	EntriesUnknown ErrorKind = "entries unknown"
	KeysUnknown    ErrorKind = "keys unknown"
	NoKey          ErrorKind = "no transit key"
	OtherKey       ErrorKind = "other transit key"
	Loopback       ErrorKind = "loopback address"
	WeakScope      ErrorKind = "weak scope"
	NoImage        ErrorKind = "no image"
	OtherNamespace ErrorKind = "other namespace"
	NotSealed      ErrorKind = "not sealed any more"
	SecretUnknown  ErrorKind = "secret unknown"
)

// Error says what is wrong with a workload. It contains names of the manifest, and no values.
type Error struct {
	Kind   ErrorKind
	Object string // such as deployment/shop; empty: the document
	Place  []int  // the indexes of the items of lists that lead to the object
	Reason string
}

func (e *Error) Error() string {
	var text strings.Builder
	if e.Object != "" {
		text.WriteString(e.Object + ": ")
	}
	return text.String() + printable.Line(e.Reason)
}
