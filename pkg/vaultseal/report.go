package vaultseal

import (
	"cmp"
	"slices"
	"sync"

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
	Current   SecretStatus = "current" // nothing was older than the latest version
	Skipped   SecretStatus = "skipped" // left as it is, for the reason given
	Failed    SecretStatus = "failed"  // not rewrapped, for the reason given
)

// RotationReport is what Rotate did.
type RotationReport struct {
	metav1.TypeMeta `json:",inline"`
	// DryRun: it is what would have been done.
	DryRun bool `json:"dryRun,omitempty"`
	// Keys are the transit keys met, sorted by name.
	Keys []KeyRotation `json:"keys"`
	// Secrets are the Secrets in view, sorted by namespace and name.
	Secrets []SecretRotation `json:"secrets"`
	// Summary counts the Secrets.
	Summary Counts `json:"summary"`
	// Entries counts the entries of rewrapped Secrets that were rewrapped.
	Entries int `json:"entriesRewrapped"`
	// Partial: Secrets under the rotated keys may have been out of view.
	Partial bool `json:"partial,omitempty"`
}

// KeyRotation is one transit key in a rotation.
type KeyRotation struct {
	TransitKey  string `json:"transitKey"`
	Rotated     bool   `json:"rotated"`     // false: its Secrets were only rewrapped
	FromVersion int    `json:"fromVersion"` // latest version before
	ToVersion   int    `json:"toVersion"`   // latest version after
	Secrets     Counts `json:"secrets"`
	Entries     int    `json:"entriesRewrapped"`
}

// SecretRotation is one Secret in a rotation.
type SecretRotation struct {
	Namespace  string       `json:"namespace"`
	Name       string       `json:"name"`
	TransitKey string       `json:"transitKey,omitempty"`
	Status     SecretStatus `json:"status"`
	// Entries is how many entries were rewrapped.
	Entries int `json:"entriesRewrapped,omitempty"`
	// Unsealed are entries that are not sealed, and were left alone.
	Unsealed []string `json:"unsealed,omitempty"`
	// Reason of a skip or a failure.
	Reason string `json:"reason,omitempty"`

	// Err is the failure itself.
	Err error `json:"-"`
}

// Counts are Secrets by status.
type Counts struct {
	Rewrapped int `json:"rewrapped"`
	Current   int `json:"current"`
	Skipped   int `json:"skipped"`
	Failed    int `json:"failed"`
}

func (c *Counts) add(status SecretStatus) {
	switch status {
	case Rewrapped:
		c.Rewrapped++
	case Current:
		c.Current++
	case Skipped:
		c.Skipped++
	case Failed:
		c.Failed++
	}
}

// rotationRecord collects a report from many goroutines.
type rotationRecord struct {
	mu      sync.Mutex
	report  RotationReport
	byState map[*keyState]*KeyRotation
}

func newRotationRecord(dryRun bool) *rotationRecord {
	return &rotationRecord{
		report: RotationReport{
			TypeMeta: metav1.TypeMeta{APIVersion: ReportAPIVersion, Kind: RotationReportKind},
			DryRun:   dryRun,
			Secrets:  []SecretRotation{},
		},
		byState: map[*keyState]*KeyRotation{},
	}
}

// key records what prepare has found and done.
func (r *rotationRecord) key(state *keyState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row := r.byState[state]
	if row == nil {
		row = &KeyRotation{TransitKey: state.key.String()}
		r.byState[state] = row
	}
	row.Rotated, row.FromVersion, row.ToVersion = state.rotated, state.from, state.target
}

// secret records what became of one Secret: err is a skip, a failure or nil.
func (r *rotationRecord) secret(w *work, entries int, err error) {
	row := SecretRotation{Namespace: w.live.Namespace, Name: w.live.Name, Status: Current}
	if w.state != nil {
		row.TransitKey, row.Unsealed = w.state.key.String(), w.secret.Unsealed()
	}
	why, skipped := err.(skip) //nolint:errorlint // skips are never wrapped
	switch {
	case skipped:
		row.Status, row.Reason = Skipped, string(why)
	case err != nil:
		row.Status, row.Reason, row.Err = Failed, err.Error(), err
	case entries > 0 || w.state != nil && !w.secret.Marked():
		row.Status, row.Entries = Rewrapped, entries
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Secrets = append(r.report.Secrets, row)
	r.report.Summary.add(row.Status)
	r.report.Entries += row.Entries
	if key := r.byState[w.state]; key != nil {
		key.Secrets.add(row.Status)
		key.Entries += row.Entries
	}
}

// finish puts the report in order.
func (r *rotationRecord) finish(selection Selection) *RotationReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := r.report
	report.Keys = make([]KeyRotation, 0, len(r.byState))
	for _, key := range r.byState {
		report.Keys = append(report.Keys, *key)
		report.Partial = report.Partial || key.Rotated && selection.partial()
	}
	slices.SortFunc(report.Keys, func(a, b KeyRotation) int { return cmp.Compare(a.TransitKey, b.TransitKey) })
	slices.SortFunc(report.Secrets, func(a, b SecretRotation) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return &report
}
