package engine

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The apiVersion and kinds of reports.
const (
	ReportAPIVersion       = "vaultseal.dev/v1alpha1"
	RotationReportKind     = "RotationReport"
	VerificationReportKind = "VerificationReport"
)

// SecretStatus is the result for a Secret in a rotation.
type SecretStatus string

// The statuses.
const (
	Rewrapped SecretStatus = "rewrapped"
	Current   SecretStatus = "current"   // nothing was older than the latest version
	Managed   SecretStatus = "managed"   // left to the tool that the reason names
	Immutable SecretStatus = "immutable" // cannot be rewrapped
	Skipped   SecretStatus = "skipped"   // left unchanged, for the reason given
	Failed    SecretStatus = "failed"    // not rewrapped, for the reason given

	// NotOpening: its entries do not authenticate at their place, or its annotations are not valid.
	NotOpening SecretStatus = "broken"

	// OtherInstallation: its transit key is in another engine than the configured one, and the role may not use it.
	OtherInstallation SecretStatus = "other-installation"
)

// RotationReport is the result of Rotate.
type RotationReport struct {
	metav1.TypeMeta `json:",inline"`
	// DryRun reports whether nothing was done.
	DryRun bool `json:"dryRun,omitempty"`
	// Keys are the transit keys of the Secrets, sorted by name.
	Keys []KeyRotation `json:"keys"`
	// Secrets are the Secrets in view, sorted by namespace and name. Without RotateRequest.ListAll they are only those
	// that are not up to date, or have entries that are not sealed.
	Secrets []SecretRotation `json:"secrets"`
	// Summary counts the Secrets.
	Summary Counts `json:"summary"`
	// Namespaces are the namespaces of manifests in files, sorted by name; none for a cluster.
	Namespaces []NamespaceReport `json:"namespaces,omitempty"`
	// Entries is the number of rewrapped entries.
	Entries int `json:"entriesRewrapped"`
	// Restarts are the rewrapped Secrets that make a controller restart workloads; nil: there are none.
	Restarts *WorkloadRestarts `json:"workloadRestarts,omitempty"`
	// Partial reports whether Secrets under the rotated keys may be out of view.
	Partial bool `json:"partial,omitempty"`
	// Retirements are the results of RotateRequest.Retire, sorted by key.
	Retirements []KeyRetirement `json:"retirements,omitempty"`
	// ResumeIfOlderThan is the RotateRequest.IfCreatedBefore (RFC 3339, Vault's clock) with which a later rotation
	// finishes this one, without rotating the same keys again. Empty: none is needed.
	ResumeIfOlderThan string `json:"resumeIfOlderThan,omitempty"`
	// AllPrepared reports whether every Secret in view was seen, and every key tried.
	AllPrepared bool `json:"-"`
}

// KeyRotation is one transit key in a rotation.
type KeyRotation struct {
	TransitKey  string `json:"transitKey"`
	Rotated     bool   `json:"rotated"`                   // false: its Secrets were only rewrapped
	Unknown     bool   `json:"rotationUnknown,omitempty"` // it may have been rotated: Vault's answer was lost
	Pending     bool   `json:"rotationPending,omitempty"` // it was not rotated as requested, or that is not known
	Young       bool   `json:"young,omitempty"`           // not rotated, because its latest version is too young
	Unproven    bool   `json:"unproven,omitempty"`        // not rotated, because no entry in view opens with it
	Owned       bool   `json:"-"`                         // this rotation may rotate it; only annotations name others
	FromVersion int    `json:"fromVersion"`               // latest version before
	ToVersion   int    `json:"toVersion"`                 // latest version after
	Secrets     Counts `json:"secrets"`
	Entries     int    `json:"entriesRewrapped"`
}

// SecretRotation is one Secret in a rotation.
type SecretRotation struct {
	File       string       `json:"file,omitempty"` // empty: it is in the cluster
	Line       int          `json:"line,omitempty"` // of the file, if the Secret cannot be read
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	TransitKey string       `json:"transitKey,omitempty"`
	Status     SecretStatus `json:"status"`
	// Entries is the number of rewrapped entries.
	Entries int `json:"entriesRewrapped,omitempty"`
	// Unsealed are entries that are not sealed, and stay so: the first ones of UnsealedEntries.
	Unsealed        []string `json:"unsealed,omitempty"`
	UnsealedEntries int      `json:"unsealedEntries,omitempty"`
	// Failures are the first failed entries, ten at most; none if the whole Secret failed.
	Failures []EntryFailure `json:"failures,omitempty"`
	// Reason says why the Secret failed, or is managed, immutable or skipped.
	Reason string `json:"reason,omitempty"`

	// Err is the failure itself.
	Err error `json:"-"`
}

// EntryFailure is the reason why one entry could not be rewrapped.
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

// Total is the number of Secrets.
func (c Counts) Total() int {
	return c.Rewrapped + c.Current + c.Managed + c.Immutable + c.Skipped + c.Failed + c.OtherInstallation + c.Broken
}

// Done is the number of Secrets that are up to date.
func (c Counts) Done() int { return c.Rewrapped + c.Current }

// NoneOpens reports whether all Secrets in view were tried and none opens: a key or a Vault may have been replaced.
func (c Counts) NoneOpens() bool {
	return c.Broken > 0 && c.Done()+c.Managed+c.Immutable+c.OtherInstallation == 0
}

// Left is the number of Secrets that are left unchanged without a failure.
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
