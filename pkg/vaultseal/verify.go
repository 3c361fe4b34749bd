package vaultseal

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// VerifyRequest says what to verify.
type VerifyRequest struct {
	Selection
	// RequireBound makes entries that are bound to nothing a finding.
	RequireBound bool
}

// EntryStatus says what is wrong with an entry.
type EntryStatus string

// The statuses. Unbound is a finding only where it was asked for.
const (
	Stale      EntryStatus = "stale"      // opens, and is older than the latest key version
	Unbound    EntryStatus = "unbound"    // opens, wherever it is copied to
	Unsealed   EntryStatus = "unsealed"   // is no ciphertext
	Plaintext  EntryStatus = "plaintext"  // stands in clear in last-applied-configuration
	Broken     EntryStatus = "broken"     // does not authenticate here
	Unreadable EntryStatus = "unreadable" // Vault would not, or could not, say
)

// VerificationReport is what Verify found.
type VerificationReport struct {
	metav1.TypeMeta `json:",inline"`
	// Summary counts what was looked at.
	Summary VerificationSummary `json:"summary"`
	// Findings are sorted by namespace, name and entry.
	Findings []Finding `json:"findings"`
}

// VerificationSummary counts what was looked at.
type VerificationSummary struct {
	Secrets int `json:"secrets"`
	Entries int `json:"entries"`
	// Unbound is how many sealed entries are bound to nothing, a finding or not.
	Unbound int `json:"unbound"`
	// Findings by status.
	Findings map[EntryStatus]int `json:"findings"`
}

// Finding is one entry, or one Secret where Entry is empty, that is not as it should be.
type Finding struct {
	Namespace     string      `json:"namespace"`
	Name          string      `json:"name"`
	Entry         string      `json:"entry,omitempty"`
	TransitKey    string      `json:"transitKey,omitempty"`
	Version       int         `json:"version,omitempty"`
	LatestVersion int         `json:"latestVersion,omitempty"`
	Status        EntryStatus `json:"status"`
	Reason        string      `json:"reason,omitempty"`

	// Err is the reason itself, where Vault or Kubernetes gave one.
	Err error `json:"-"`
}

// Verify proves by rewrap, without plaintext leaving Vault, that every entry
// in view opens where it is. It writes nothing. The report is complete as far
// as it goes, also beside an error.
func (c *Client) Verify(ctx context.Context, request VerifyRequest) (*VerificationReport, error) {
	v := &verification{client: c, request: request, summary: VerificationSummary{Findings: map[EntryStatus]int{}}, findings: []Finding{}}
	p := &pass{
		client: c, selection: request.Selection, prepare: v.prepare, finish: v.finish,
		also:  func(string) []transit.Key { return nil },
		check: func(*work) error { return nil },
		wants: func(*work, sealed.Entry) bool { return true },
	}
	return v.result(p.run(ctx))
}

type verification struct {
	client  *Client
	request VerifyRequest

	mu       sync.Mutex
	summary  VerificationSummary
	findings []Finding
	unread   []error // Secrets that were named and could not be read
}

// prepare reads the key, to know its latest version and whether it binds at
// all. A role that may not read it can still verify.
func (v *verification) prepare(ctx context.Context, state *keyState, _ string) error {
	if state.asked {
		return nil
	}
	state.asked = true
	info, err := state.vault.Key(ctx, state.key)
	if errors.Is(err, ErrDenied) {
		return nil
	}
	if err != nil {
		return err
	}
	state.info = info
	return info.CheckSealing()
}

func (v *verification) finish(_ context.Context, w *work) error {
	if w.unread() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.unread = append(v.unread, w.err)
		return nil
	}
	findings := v.secretFindings(w)
	for i, entry := range w.secret.Entries {
		if w.err == nil || !entry.Sealed() { // what is in clear shows without Vault
			findings = append(findings, v.entryFindings(w, entry, w.results[i])...)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.summary.Secrets++
	v.summary.Entries += len(w.secret.Entries)
	if w.err == nil && !bound(w) {
		v.summary.Unbound += len(w.secret.Entries) - len(w.secret.Unsealed())
	}
	for _, finding := range findings {
		v.summary.Findings[finding.Status]++
	}
	v.findings = append(v.findings, findings...)
	return nil
}

// secretFindings is what is wrong with a Secret as a whole.
func (v *verification) secretFindings(w *work) []Finding {
	var findings []Finding
	if w.err != nil {
		findings = append(findings, w.found("", Unreadable, w.err))
	}
	if w.err == nil && len(w.secret.Entries) == 0 {
		findings = append(findings, w.found("", Unsealed, errNoEntries))
	}
	for _, entry := range sealed.LastAppliedPlaintext(w.live) {
		findings = append(findings, w.found(entry, Plaintext, errLastApplied))
	}
	return findings
}

var errNoEntries = errors.New("it has no entries")

var errLastApplied = errors.New("the annotation " + sealed.LastAppliedAnnotation + " holds it in clear: remove the annotation and change the credential")

// entryFindings is what is wrong with one entry, given what Vault answered.
func (v *verification) entryFindings(w *work, entry sealed.Entry, result transit.Result) []Finding {
	switch {
	case !entry.Sealed():
		return []Finding{w.found(entry.Name, Unsealed, nil)}
	case errors.Is(result.Err, ErrTampered), errors.Is(result.Err, transit.ErrContextRequired), errors.Is(result.Err, transit.ErrVersionTooNew):
		return []Finding{w.found(entry.Name, Broken, result.Err)}
	case result.Err != nil:
		return []Finding{w.found(entry.Name, Unreadable, result.Err)}
	}
	var findings []Finding
	latest := max(result.Ciphertext.Version(), w.state.info.LatestVersion)
	if entry.Ciphertext.Version() < latest {
		finding := w.found(entry.Name, Stale, nil)
		finding.LatestVersion = latest
		findings = append(findings, finding)
	}
	if v.request.RequireBound && !bound(w) {
		findings = append(findings, w.found(entry.Name, Unbound, nil))
	}
	return findings
}

// bound tells whether the entries open only where they are. An annotation
// alone cannot say so: Vault binds nothing with a key that is not derived.
func bound(w *work) bool {
	known := w.state.info.LatestVersion > 0
	return w.secret.Scope != sealed.Unbound && (!known || w.state.info.Derived)
}

// found is a finding about an entry of the Secret, or about all of it.
func (w *work) found(entry string, status EntryStatus, err error) Finding {
	finding := Finding{Namespace: w.live.Namespace, Name: w.live.Name, Entry: entry, Status: status, Err: err}
	if w.state != nil {
		finding.TransitKey = w.state.key.String()
	}
	if sealedEntry, ok := w.secret.Entry(entry); ok {
		finding.Version = sealedEntry.Ciphertext.Version()
	}
	if err != nil {
		finding.Reason = err.Error()
	}
	return finding
}

// result puts the report in order.
func (v *verification) result(err error) (*VerificationReport, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	slices.SortFunc(v.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Status, b.Status))
	})
	report := &VerificationReport{
		TypeMeta: metav1.TypeMeta{APIVersion: ReportAPIVersion, Kind: VerificationReportKind},
		Summary:  v.summary,
		Findings: v.findings,
	}
	return report, oneLine(append([]error{err}, v.unread...))
}
