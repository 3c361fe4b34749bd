package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// EntryStatus is the kind of a finding.
type EntryStatus string

// The statuses. Unbound, WeakScope, Overdue, Old and Missing are findings only on request.
const (
	Stale      EntryStatus = "stale"       // opens, and is older than the latest key version
	Unbound    EntryStatus = "unbound"     // opens, wherever it is copied to
	WeakScope  EntryStatus = "weak-scope"  // opens, with a weaker scope than required
	ForeignKey EntryStatus = "foreign-key" // of a Secret: its key is not the configured one of its namespace
	Missing    EntryStatus = "missing"     // of the view: fewer sealed Secrets than expected
	Unsealed   EntryStatus = "unsealed"    // is not a ciphertext
	Plaintext  EntryStatus = "plaintext"   // is plaintext in an annotation
	Broken     EntryStatus = "broken"      // does not authenticate at its place
	Unreadable EntryStatus = "unreadable"  // Vault did not answer whether it opens
	Overdue    EntryStatus = "overdue"     // of a transit key: its latest version is too old
	Malformed  EntryStatus = "malformed"   // of a Secret: an annotation about its age is not a time
	Expired    EntryStatus = "expired"     // of a Secret: its annotation says so
	// ExpiresSoon and Old are of a Secret, by its annotations.
	ExpiresSoon EntryStatus = "expires-soon"
	Old         EntryStatus = "old" // its plaintext was set too long ago
)

// VerificationReport is the result of Verify.
type VerificationReport struct {
	metav1.TypeMeta `json:",inline"`
	// ConfiguredKey is the key that the keys of Secrets are compared with. It may contain "{namespace}". Empty: no key
	// is configured, so that none is foreign.
	ConfiguredKey string `json:"configuredKey,omitempty"`
	// Summary counts the verified Secrets.
	Summary VerificationSummary `json:"summary"`
	// Keys are the transit keys of the Secrets, sorted by name.
	Keys []KeyVerification `json:"keys"`
	// Findings are sorted by namespace, name and entry. Those about a transit key come first.
	Findings []Finding `json:"findings"`
	// Namespaces are the namespaces of manifests in files, sorted by name; none for a cluster.
	Namespaces []NamespaceReport `json:"namespaces,omitempty"`
	// OtherInstallation are Secrets that were not verified, sorted by namespace and name: their transit key is in
	// another engine than the configured one, and the role may not use it.
	OtherInstallation []OtherSecret `json:"otherInstallation,omitempty"`
	// Seen are the namespaces of Secrets in view, sorted.
	Seen []string `json:"-"`
	// Counts are sorted by namespace and transit key. The first is what belongs to neither.
	Counts []VerificationCount `json:"-"`
}

// OtherSecret is a Secret of another installation.
type OtherSecret struct {
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	TransitKey string `json:"transitKey"`
	Reason     string `json:"reason"`
}

// KeyVerification is one transit key in a verification.
type KeyVerification struct {
	TransitKey string `json:"transitKey"`
	// LatestVersion, its creation time (RFC 3339) and the oldest version that opens. They are missing if the role may
	// not read the key's metadata.
	LatestVersion        int    `json:"latestVersion,omitempty"`
	LatestVersionCreated string `json:"latestVersionCreated,omitempty"`
	MinDecryptionVersion int    `json:"minDecryptionVersion,omitempty"`
	// OldestVersion is the oldest version of entries that open; 0: none opens.
	OldestVersion int `json:"oldestVersion,omitempty"`
	// Secrets and Entries are the numbers of those with this key. Stale is the number of older entries.
	Secrets int `json:"secrets"`
	Entries int `json:"entries"`
	Stale   int `json:"stale"`
	// Created is LatestVersionCreated; zero: not known.
	Created time.Time `json:"-"`
	// Told reports whether the key may be told to others: see VerificationCount.
	Told bool `json:"-"`
}

// VerificationSummary counts the verified Secrets.
type VerificationSummary struct {
	Secrets int `json:"secrets"`
	Entries int `json:"entries"`
	// Sealed is the number of Secrets all of whose entries are sealed.
	Sealed int `json:"sealed"`
	// Expected is the least expected number of sealed Secrets; 0: any.
	Expected int `json:"expected,omitempty"`
	// Unbound is the number of unbound entries, also if they are not a finding.
	Unbound int `json:"unbound"`
	// AgeUnknown is the number of sealed Secrets of which it is not known when their plaintext was set.
	AgeUnknown int `json:"ageUnknown"`
	// OtherInstallation is the number of Secrets that were not verified. The numbers above do not include them.
	OtherInstallation int `json:"otherInstallation"`
	// Findings by status.
	Findings map[EntryStatus]int `json:"findings"`
}

// Finding is a problem of one entry. Without Entry it is one of a Secret, and without Name too, one of a transit key.
// Missing has neither. A finding about a file that cannot be read may have no Name.
type Finding struct {
	File          string      `json:"file,omitempty"` // empty: the Secret is in the cluster
	Line          int         `json:"line,omitempty"` // of the file, if it cannot be read
	Namespace     string      `json:"namespace,omitempty"`
	Name          string      `json:"name,omitempty"`
	Entry         string      `json:"entry,omitempty"`
	TransitKey    string      `json:"transitKey,omitempty"`
	Version       int         `json:"version,omitempty"`
	LatestVersion int         `json:"latestVersion,omitempty"`
	Status        EntryStatus `json:"status"`
	Reason        string      `json:"reason,omitempty"`
	// ConfiguredKey is the configured key, for a foreign one.
	ConfiguredKey string `json:"configuredKey,omitempty"`
	// Scope is the proven scope of an entry, if it is weaker than RequiredScope.
	Scope         string `json:"scope,omitempty"`
	RequiredScope string `json:"requiredScope,omitempty"`
	// Expires and SealedAt (RFC 3339) are the time of a finding about the age.
	Expires  string `json:"expires,omitempty"`
	SealedAt string `json:"sealedAt,omitempty"`
	// ManagedBy is the tool that would restore the values of its manifest in a stale Secret; empty: none.
	ManagedBy string `json:"managedBy,omitempty"`

	// Err is the error of Vault or Kubernetes, if there is one.
	Err error `json:"-"`
}

// result sorts the report.
func (v *verification) result(p *pass, err error) (*VerificationReport, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil { // otherwise not everything was seen
		v.found(group{}, v.missing()...)
	}
	slices.SortFunc(v.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Status, b.Status), cmp.Compare(a.TransitKey, b.TransitKey))
	})
	slices.SortFunc(v.others, func(a, b OtherSecret) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	report := &VerificationReport{
		TypeMeta: metav1.TypeMeta{APIVersion: ReportAPIVersion, Kind: VerificationReportKind},
		Summary:  v.summary,

		ConfiguredKey: v.client.keys.String(),
		Seen:          slices.Sorted(maps.Keys(v.seen)),
		Counts:        v.countsByGroup(),
		Keys:          make([]KeyVerification, 0, len(v.keys)),
		Findings:      v.findings,

		OtherInstallation: v.others,
	}
	var failures []namespaceFailure
	for _, f := range v.findings {
		failures = append(failures, namespaceFailure{f.Namespace, f.TransitKey, f.Err})
	}
	report.Namespaces = p.namespaceReports(failures)
	for _, key := range v.keys {
		report.Keys = append(report.Keys, *key)
	}
	slices.SortFunc(report.Keys, func(a, b KeyVerification) int { return cmp.Compare(a.TransitKey, b.TransitKey) })
	if len(v.unread) > 0 {
		slices.SortFunc(v.unread, func(a, b UnreadSecret) int { return cmp.Compare(a.Name, b.Name) })
		err = oneLine([]error{err, &UnreadError{Secrets: v.unread}})
	}
	return report, err
}

// UnreadError says which named Secrets could not be read.
type UnreadError struct{ Secrets []UnreadSecret }

// UnreadSecret is one of them and its error.
type UnreadSecret struct {
	Namespace, Name string
	Err             error
}

func (e *UnreadError) Error() string { return oneLine(e.Unwrap()).Error() }

// Unwrap returns the errors.
func (e *UnreadError) Unwrap() []error {
	failures := make([]error, len(e.Secrets))
	for i, secret := range e.Secrets {
		failures[i] = secret.Err
	}
	return failures
}
