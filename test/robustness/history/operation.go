package history

import "strings"

// Kind says what an operation does.
type Kind string

// The kinds. Those that begin with "raw-" are of clients without the plugin.
const (
	Create    Kind = "create"    // a Secret that does not exist
	Overwrite Kind = "overwrite" // create --overwrite
	Merge     Kind = "merge"     // create --merge
	Set       Kind = "set"
	SetField  Kind = "set-field" // set --path, of an entry that is a JSON object
	Edit      Kind = "edit"
	Unset     Kind = "unset"
	Reseal    Kind = "reseal" // under another scope

	Rotate Kind = "rotate"
	Rewrap Kind = "rewrap" // rotate --rewrap-only
	Retire Kind = "retire" // rotate --retire

	View   Kind = "view"
	Verify Kind = "verify"

	RawGet    Kind = "raw-get"
	RawCreate Kind = "raw-create"
	RawPatch  Kind = "raw-patch"  // one entry, without a condition on the rest
	RawUpdate Kind = "raw-update" // one entry, on condition that nothing has changed since a read
	RawTouch  Kind = "raw-touch"  // a label that says nothing
	RawDelete Kind = "raw-delete"
)

// Raw reports whether the operation is of a client other than the plugin.
func (k Kind) Raw() bool { return strings.HasPrefix(string(k), "raw-") }

// Reads reports whether the operation writes nothing.
func (k Kind) Reads() bool { return k == View || k == Verify || k == RawGet }

// Rotates reports whether the operation is a rotation, which may be of several Secrets.
func (k Kind) Rotates() bool { return k == Rotate || k == Rewrap || k == Retire }

// Outcome is what is known of an operation from the one who called it.
type Outcome string

// The outcomes.
const (
	OK      Outcome = "ok"
	Refused Outcome = "refused" // it says why it did nothing
	Unknown Outcome = "unknown" // it was killed, or failed in another way
)

// Reason says why an operation was refused.
type Reason string

// The reasons.
const (
	Absent   Reason = "absent"   // there is no such Secret
	Exists   Reason = "exists"   // there is one already
	NoEntry  Reason = "no-entry" // the Secret has no such entry
	OnlyOne  Reason = "only-one" // it is the last entry
	Conflict Reason = "conflict" // another client has changed the same
)

// Operation is one call of a client.
type Operation struct {
	ID     int  `json:"id"` // from 1; also in its field manager, and in the values that it writes
	Client int  `json:"client"`
	Kind   Kind `json:"kind"`
	// Secrets are NAMESPACE/NAME. Only a rotation has several.
	Secrets []string `json:"secrets"`

	// Values are the plaintexts to write by entry, or for SetField the text of the field.
	Values map[string]string `json:"values,omitempty"`
	// Seen are the plaintexts that an edit has changed, before.
	Seen  map[string]string `json:"seen,omitempty"`
	Field string            `json:"field,omitempty"` // of SetField
	Entry string            `json:"entry,omitempty"` // of Unset, View
	Scope string            `json:"scope,omitempty"` // of Reseal, Create

	Call    int64   `json:"call"` // nanoseconds since the history's beginning
	Return  int64   `json:"return"`
	Outcome Outcome `json:"outcome"`
	Reason  Reason  `json:"reason,omitempty"`
	// Result is the state that a write says it has left, or that a read has seen; nil: it says nothing of the kind.
	Result   *State    `json:"result,omitempty"`
	Verified *Verified `json:"verified,omitempty"`
	Rotation *Rotation `json:"rotation,omitempty"`

	Killed bool     `json:"killed,omitempty"` // with SIGKILL
	Faults []string `json:"faults,omitempty"` // what was broken during it
	Said   string   `json:"said,omitempty"`   // its error, in part
	Args   []string `json:"args,omitempty"`   // of the command
}

// Verified is what verify says of one Secret.
type Verified struct {
	Entries int            `json:"entries"`
	Stale   map[string]int `json:"stale,omitempty"` // versions of older entries
	Latest  int            `json:"latest"`          // version of the transit key
	// Broken are the entries with any other finding.
	Broken map[string]string `json:"broken,omitempty"`
}

// Rotation is what a rotation reports.
type Rotation struct {
	// Targets are the latest versions of the transit keys by namespace, to which all entries are rewrapped.
	Targets map[string]int `json:"targets,omitempty"`
	// Left are the Secrets that are not up to date, with their status.
	Left      map[string]string `json:"left,omitempty"`
	Rewrapped int               `json:"rewrapped"` // Secrets
	// Retired are the new oldest versions by namespace.
	Retired map[string]int `json:"retired,omitempty"`
}
