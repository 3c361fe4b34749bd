package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// VerifyRequest says what to verify.
type VerifyRequest struct {
	Selection
	// RequireBound makes unbound entries a finding.
	RequireBound bool
	// LeastScope makes entries with a weaker scope a finding; Unbound: none. Vault proves the scope.
	LeastScope sealed.Scope
	// Expect makes it a finding if fewer sealed Secrets are in view; 0: none.
	Expect int
	// MaxAge makes a transit key with an older latest version a finding; 0: none.
	MaxAge time.Duration
	AgeLimits
	// Progress, if set, counts finished Secrets.
	Progress *Progress
}

// Verify proves by rewrap that every entry in view opens at its place. Plaintext does not leave Vault, and Verify
// writes nothing. The report has all that was verified, also if there is an error.
func (c *Client) Verify(ctx context.Context, request VerifyRequest) (*VerificationReport, error) {
	v := &verification{
		client: c, request: request, now: c.now, keys: map[*keyState]*KeyVerification{}, seen: map[string]bool{},
		counts:  map[group]*groupCount{},
		summary: VerificationSummary{Expected: request.Expect, Findings: map[EntryStatus]int{}}, findings: []Finding{},
	}
	p := &pass{
		client: c, selection: request.Selection, progress: request.Progress, prepare: v.prepare, finish: v.finish,
		extraKeys: func(string) []transit.Key { return nil },
		check:     func(*task) error { return nil },
		wants:     func(*task, sealed.Entry) bool { return true },
	}
	return v.result(p, p.run(ctx, ctx))
}

type verification struct {
	client  *Client
	request VerifyRequest
	now     func() time.Time

	mu       sync.Mutex
	summary  VerificationSummary
	keys     map[*keyState]*KeyVerification
	counts   map[group]*groupCount
	findings []Finding
	others   []OtherSecret
	unread   []UnreadSecret
	seen     map[string]bool // namespaces
}

// prepare reads the key, for its latest version and whether it is derived. A role that may not read it can still
// verify.
func (v *verification) prepare(ctx context.Context, state *keyState, of namespaceTasks) error {
	if state.asked {
		return nil
	}
	state.asked = true
	info, err := state.vault.Key(ctx, state.key)
	switch {
	case errors.Is(err, transit.ErrDenied):
		if !v.client.otherEngine(state.key, of.namespace, v.request.Selection) {
			v.key(state, err) // a finding only with MaxAge
		}
		return nil
	case err != nil:
		return err
	}
	state.info = info
	v.key(state, nil)
	return info.CheckSealing()
}

// key records the key's metadata.
func (v *verification) key(state *keyState, denied error) {
	row := &KeyVerification{
		TransitKey:    state.key.String(),
		LatestVersion: state.info.LatestVersion, MinDecryptionVersion: state.info.MinDecryptionVersion,
	}
	created, known := state.info.LatestCreated()
	if known {
		row.Created, row.LatestVersionCreated = created, created.Format(time.RFC3339)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys[state] = row
	if v.request.MaxAge <= 0 {
		return
	}
	finding := Finding{TransitKey: row.TransitKey, Version: row.LatestVersion, LatestVersion: row.LatestVersion}
	switch {
	case denied != nil:
		finding.Status, finding.Err = Unreadable, fmt.Errorf("its age is not known: %w", denied)
	case !known:
		finding.Status, finding.Err = Unreadable, fmt.Errorf("its age is not known: %w", errAgeUnknown)
	case v.now().Sub(created) > v.request.MaxAge:
		finding.Status, finding.Err = Overdue, fmt.Errorf("its latest version is %s old",
			duration.HumanDuration(v.now().Sub(created)))
	default:
		return
	}
	finding.Reason = finding.Err.Error()
	v.found(group{state: state}, finding)
}

// found adds findings about one transit key or one Secret. The caller holds the lock.
func (v *verification) found(of group, findings ...Finding) {
	for _, finding := range findings {
		v.summary.Findings[finding.Status]++
		v.of(of).Findings[finding.Status]++
	}
	v.findings = append(v.findings, limitFindings(findings)...)
}

func (v *verification) finish(ctx context.Context, t *task) error {
	if t.unread() {
		t.failed = true
		v.mu.Lock()
		defer v.mu.Unlock()
		if t.file != "" {
			v.found(group{}, t.found("", Unreadable, t.err))
			return nil
		}
		v.unread = append(v.unread, UnreadSecret{t.live.Namespace, t.live.Name, t.err})
		return nil
	}
	if err := v.proveBound(ctx, t); err != nil {
		return err
	}
	t.origin = v.client.originOf(ctx, t)
	denied := t.vaultError()
	other := v.client.otherInstallation(t, v.request.Selection, denied)
	secret := v.judge(t, other)
	t.failed = secret.entriesWith(Unreadable) > 0
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen[t.live.Namespace] = true
	if other {
		v.summary.OtherInstallation++
		reason := t.otherInstallationSkip(denied).reason
		v.others = append(v.others, OtherSecret{t.live.Namespace, t.live.Name, t.state.key.String(), reason})
		v.count(t, secret)
		v.found(t.group(), secret.findings...)
		return nil
	}
	v.summary.Secrets++
	v.summary.Entries += len(t.secret.Entries)
	if t.secret.IsSealed() {
		v.summary.Sealed++
	}
	if v.ageUnknown(t) {
		v.summary.AgeUnknown++
	}
	if t.err == nil && t.state != nil && t.proof.unbound() {
		v.summary.Unbound += len(t.secret.Entries) - len(t.secret.Unsealed())
	}
	v.count(t, secret)
	v.found(t.group(), secret.findings...)
	return nil
}

// verdict is what was found about a Secret.
type verdict struct {
	other    bool // it belongs to another installation, and Vault was not asked
	findings []Finding
	entries  map[EntryStatus]int // numbers by status
}

// entriesWith counts findings.
func (s verdict) entriesWith(status EntryStatus) int {
	n := 0
	for _, finding := range s.findings {
		if finding.Status == status {
			n++
		}
	}
	return n
}

// judge finds what is wrong with a Secret.
func (v *verification) judge(t *task, other bool) verdict {
	secret := verdict{other: other, findings: v.secretFindings(t, other), entries: map[EntryStatus]int{}}
	for i, entry := range t.secret.Entries {
		if entry.Sealed() && (t.err != nil || other) { // plaintext shows without Vault
			secret.entries[Unreadable]++
			continue
		}
		findings := v.entryFindings(t, entry, t.results[i])
		secret.entries[statusOf(findings)]++
		secret.findings = append(secret.findings, findings...)
	}
	return secret
}

// secretFindings are findings about a whole Secret. For another installation they are those that need no Vault.
func (v *verification) secretFindings(t *task, other bool) []Finding {
	var findings []Finding
	if t.err != nil && !other {
		findings = append(findings, t.found("", Unreadable, v.client.explain(t.keyed(), t.err, t.origin)))
	}
	if !other {
		findings = append(append(findings, v.foreignKey(t)...), v.ageFindings(t)...)
	}
	if t.err == nil && len(t.secret.Entries) == 0 {
		findings = append(findings, t.found("", Unsealed, errNoEntries))
	}
	for _, kept := range sealed.KeptPlaintext(t.live) {
		findings = append(findings, t.found(kept.Entry, Plaintext, errKept(kept.Annotation)))
	}
	return findings
}

var errNoEntries = errors.New("it has no entries")

func errKept(annotation string) error {
	return fmt.Errorf("the annotation %s holds it in clear: remove the annotation and change the credential",
		annotation)
}

// entryFindings are findings about one entry and Vault's result.
func (v *verification) entryFindings(t *task, entry sealed.Entry, result transit.Result) []Finding {
	switch {
	case !entry.Sealed():
		return []Finding{t.found(entry.Name, Unsealed, sealed.CheckType(t.live.Type))}
	case unauthentic(result.Err):
		return []Finding{t.found(entry.Name, Broken, v.client.explain(t.keyed(), result.Err, t.origin))}
	case result.Err != nil:
		return []Finding{t.found(entry.Name, Unreadable, v.client.explain(t.keyed(), result.Err, t.origin))}
	}
	var findings []Finding
	latest := max(result.Ciphertext.Version(), t.state.info.LatestVersion)
	if entry.Ciphertext.Version() < latest {
		finding := t.found(entry.Name, Stale, nil)
		finding.LatestVersion, finding.ManagedBy = latest, t.managed
		findings = append(findings, finding)
	}
	return append(findings, v.scopeFindings(t, entry)...)
}

// found is a finding about an entry of the Secret, or without an entry about the Secret.
func (t *task) found(entry string, status EntryStatus, err error) Finding {
	finding := Finding{
		File: t.file, Line: t.line, Namespace: t.live.Namespace, Name: t.live.Name,
		Entry: entry, Status: status, Err: err,
	}
	if t.state != nil {
		finding.TransitKey = t.state.key.String()
	}
	if sealedEntry, ok := t.secret.Entry(entry); ok {
		finding.Version = sealedEntry.Ciphertext.Version()
	}
	if err != nil {
		finding.Reason = err.Error()
	}
	return finding
}
