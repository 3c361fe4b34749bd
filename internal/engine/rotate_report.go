package engine

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The names of reports, as machines read them.
const (
	ReportAPIVersion       = "vaultseal.dev/v1alpha1"
	RotationReportKind     = "RotationReport"
	VerificationReportKind = "VerificationReport"
)

// SecretStatus says what became of a Secret in a rotation.
type SecretStatus string

// The statuses.
const (
	Rewrapped SecretStatus = "rewrapped"
	Current   SecretStatus = "current"   // nothing was older than the latest version
	Managed   SecretStatus = "managed"   // left to the tool that owns it, as the reason says
	Immutable SecretStatus = "immutable" // cannot be rewrapped
	Skipped   SecretStatus = "skipped"   // left as it is, for the reason given
	Failed    SecretStatus = "failed"    // not rewrapped, for the reason given

	// NotOpening: its entries do not authenticate where they are, or its annotations make no sense.
	NotOpening SecretStatus = "broken"

	// OtherInstallation: its transit key is in another engine than the configured one, and the role may not use it.
	OtherInstallation SecretStatus = "other-installation"
)

// RotationReport is what Rotate did.
type RotationReport struct {
	metav1.TypeMeta `json:",inline"`
	// DryRun: it is what would have been done.
	DryRun bool `json:"dryRun,omitempty"`
	// Keys are the transit keys met, sorted by name.
	Keys []KeyRotation `json:"keys"`
	// Secrets are the Secrets in view, sorted by namespace and name; without RotateRequest.ListAll only those
	// that were not brought up to date, or have entries that are not sealed.
	Secrets []SecretRotation `json:"secrets"`
	// Summary counts the Secrets.
	Summary Counts `json:"summary"`
	// Namespaces are those that the manifests in files are for, sorted by name; none for the cluster's Secrets.
	Namespaces []NamespaceReport `json:"namespaces,omitempty"`
	// Entries counts the entries of rewrapped Secrets that were rewrapped.
	Entries int `json:"entriesRewrapped"`
	// Partial: Secrets under the rotated keys may have been out of view.
	Partial bool `json:"partial,omitempty"`
	// Retirements are of the keys that RotateRequest.Retire was for, sorted by name.
	Retirements []KeyRetirement `json:"retirements,omitempty"`
	// ResumeIfOlderThan is the point in time (RFC 3339, Vault's clock) that RotateRequest.IfCreatedBefore needs for
	// a later rotation to finish this one: the keys that it has rotated are not rotated again. Empty: any will do.
	ResumeIfOlderThan string `json:"resumeIfOlderThan,omitempty"`
	// AllPrepared: every Secret in view was seen, and every key that was to be rotated was tried.
	AllPrepared bool `json:"-"`
}

// KeyRotation is one transit key in a rotation.
type KeyRotation struct {
	TransitKey  string `json:"transitKey"`
	Rotated     bool   `json:"rotated"`                   // false: its Secrets were only rewrapped
	Unknown     bool   `json:"rotationUnknown,omitempty"` // it may have been rotated: Vault's answer was lost
	Pending     bool   `json:"rotationPending,omitempty"` // it was to be rotated and was not, or that is not known
	Young       bool   `json:"young,omitempty"`           // not rotated, because its latest version is younger than was asked for
	Unproven    bool   `json:"unproven,omitempty"`        // not rotated, because no entry in view opens with it
	Owned       bool   `json:"-"`                         // it is one that this rotation could rotate; others are merely annotated
	FromVersion int    `json:"fromVersion"`               // latest version before
	ToVersion   int    `json:"toVersion"`                 // latest version after
	Secrets     Counts `json:"secrets"`
	Entries     int    `json:"entriesRewrapped"`
}

// SecretRotation is one Secret in a rotation.
type SecretRotation struct {
	File       string       `json:"file,omitempty"` // where it is not in the cluster
	Line       int          `json:"line,omitempty"` // of the file, where it could not be read
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	TransitKey string       `json:"transitKey,omitempty"`
	Status     SecretStatus `json:"status"`
	// Entries is how many entries were rewrapped.
	Entries int `json:"entriesRewrapped,omitempty"`
	// Unsealed are entries that are not sealed, and were left alone: the first of UnsealedEntries in all.
	Unsealed        []string `json:"unsealed,omitempty"`
	UnsealedEntries int      `json:"unsealedEntries,omitempty"`
	// Failures are the first entries that failed, ten at most; none when the Secret failed as a whole.
	Failures []EntryFailure `json:"failures,omitempty"`
	// Reason of a failure, and of what is managed, immutable or skipped.
	Reason string `json:"reason,omitempty"`

	// Err is the failure itself.
	Err error `json:"-"`
}

// EntryFailure is why one entry could not be rewrapped.
type EntryFailure struct {
	Entry  string `json:"entry"`
	Reason string `json:"reason"`
}

// Counts are Secrets by status.
type Counts struct {
	Rewrapped int `json:"rewrapped"`
	Current   int `json:"current"`
	Managed   int `json:"managed"`
	Immutable int `json:"immutable"`
	Skipped   int `json:"skipped"`
	Failed    int `json:"failed"`

	OtherInstallation int `json:"otherInstallation"`
	Broken            int `json:"broken"`
}

// Total is how many Secrets that are.
func (c Counts) Total() int {
	return c.Rewrapped + c.Current + c.Managed + c.Immutable + c.Skipped + c.Failed + c.OtherInstallation + c.Broken
}

// Done is how many of them are as they should be.
func (c Counts) Done() int { return c.Rewrapped + c.Current }

// NoneOpens tells that Secrets were in view, that all of them were tried, and that none of them opens: a key or a Vault
// may have been replaced.
func (c Counts) NoneOpens() bool {
	return c.Broken > 0 && c.Done()+c.Managed+c.Immutable+c.OtherInstallation == 0
}

// Left is how many were left as they are, without that being a failure.
func (c Counts) Left() int {
	return c.Managed + c.Immutable + c.Skipped + c.OtherInstallation + c.Broken
}

// Add counts a Secret of the status.
func (c *Counts) Add(status SecretStatus) {
	switch status {
	case Rewrapped:
		c.Rewrapped++
	case Current:
		c.Current++
	case Managed:
		c.Managed++
	case Immutable:
		c.Immutable++
	case Skipped:
		c.Skipped++
	case Failed:
		c.Failed++
	case OtherInstallation:
		c.OtherInstallation++
	case NotOpening:
		c.Broken++
	}
}
