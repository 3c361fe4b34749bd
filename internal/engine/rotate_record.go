package engine

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// rotationRecord collects a report. It is safe for concurrent use.
type rotationRecord struct {
	listAll    bool
	rewrapOnly bool

	mu     sync.Mutex
	report RotationReport
	rows   map[*keyState]*KeyRotation
}

func newRotationRecord(request RotateRequest) *rotationRecord {
	return &rotationRecord{
		listAll:    request.ListAll || request.dry() && request.Retire != nil,
		rewrapOnly: request.RewrapOnly,
		report: RotationReport{
			TypeMeta: metav1.TypeMeta{APIVersion: ReportAPIVersion, Kind: RotationReportKind},
			DryRun:   request.dry(),
			Secrets:  []SecretRotation{},
		},
		rows: map[*keyState]*KeyRotation{},
	}
}

// row is the row of a key. The caller holds the lock.
func (r *rotationRecord) row(state *keyState) *KeyRotation {
	row := r.rows[state]
	if row == nil {
		row = &KeyRotation{TransitKey: state.key.String()}
		r.rows[state] = row
	}
	return row
}

// key records the result of prepare.
func (r *rotationRecord) key(state *keyState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	row := r.row(state)
	row.Rotated, row.Young, row.Owned = state.rotated, state.young, state.owned
	row.Unknown, row.Unproven = state.unknown, state.unproven
	row.Pending = state.owned && !r.rewrapOnly && !state.rotated && !state.young && !state.unproven
	row.FromVersion, row.ToVersion = state.from, state.target
}

// secret records what was done with one Secret: err is a skip, a failure or nil.
func (r *rotationRecord) secret(t *task, d decision, err error) {
	row := SecretRotation{File: t.file, Line: t.line, Namespace: t.live.Namespace, Name: t.live.Name, Status: Current}
	if t.state != nil {
		unsealed := t.secret.Unsealed()
		row.TransitKey, row.UnsealedEntries = t.state.key.String(), len(unsealed)
		row.Unsealed = slices.Clone(unsealed[:min(len(unsealed), maxFailedEntries)])
	}
	var broken *brokenError
	why, skipped := err.(skip) //nolint:errorlint // skips are never wrapped
	switch {
	case skipped:
		row.Status, row.Reason = why.status, why.reason
	case errors.As(err, &broken):
		row.Status, row.Reason, row.Err = NotOpening, err.Error(), err
		row.Failures = failedEntries(err)
	case err != nil:
		row.Status, row.Reason, row.Err = Failed, err.Error(), err
		t.failed = true
		row.Failures = failedEntries(err)
	case d.write:
		row.Status, row.Entries = Rewrapped, len(d.change.Set)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	done := row.Status == Rewrapped || row.Status == Current
	if r.listAll || t.file != "" || !done || len(row.Unsealed) > 0 {
		r.report.Secrets = append(r.report.Secrets, row)
	}
	if row.Status == Rewrapped {
		r.restarts(t)
	}
	r.report.Summary.Add(row.Status)
	r.report.Entries += row.Entries
	if t.state != nil {
		key := r.row(t.state)
		key.Secrets.Add(row.Status)
		key.Entries += row.Entries
	}
}

// finish sorts the report. partial reports whether Secrets under a rotated key may be out of view.
func (r *rotationRecord) finish(partial bool) *RotationReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := r.report
	report.Keys = make([]KeyRotation, 0, len(r.rows))
	for _, key := range r.rows {
		report.Keys = append(report.Keys, *key)
		report.Partial = report.Partial || key.Rotated && partial
	}
	slices.SortFunc(report.Keys, func(a, b KeyRotation) int { return cmp.Compare(a.TransitKey, b.TransitKey) })
	slices.SortFunc(report.Secrets, func(a, b SecretRotation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return &report
}
