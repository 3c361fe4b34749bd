package engine

import (
	"cmp"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// EntryStatus says what is wrong with an entry.
type EntryStatus string

// The statuses. Unbound, WeakScope, Overdue and Missing are findings only where they were asked for.
const (
	Stale      EntryStatus = "stale"       // opens, and is older than the latest key version
	Unbound    EntryStatus = "unbound"     // opens, wherever it is copied to
	WeakScope  EntryStatus = "weak-scope"  // opens, and is bound to less than was asked for
	ForeignKey EntryStatus = "foreign-key" // of a Secret: its key is not the one configured for its namespace
	Missing    EntryStatus = "missing"     // of the view: fewer sealed Secrets than were expected
	Unsealed   EntryStatus = "unsealed"    // is no ciphertext
	Plaintext  EntryStatus = "plaintext"   // stands in clear in an annotation
	Broken     EntryStatus = "broken"      // does not authenticate here
	Unreadable EntryStatus = "unreadable"  // Vault would not, or could not, say
	Overdue    EntryStatus = "overdue"     // of a transit key: its latest version is older than was asked for
)

// VerificationReport is what Verify found.
type VerificationReport struct {
	metav1.TypeMeta `json:",inline"`
	// ConfiguredKey is what the keys of Secrets were compared with, in which "{namespace}" may stand. Empty: no key is
	// configured, and no Secret has a foreign one.
	ConfiguredKey string `json:"configuredKey,omitempty"`
	// Summary counts what was looked at.
	Summary VerificationSummary `json:"summary"`
	// Keys are the transit keys met, sorted by name.
	Keys []KeyVerification `json:"keys"`
	// Findings are sorted by namespace, name and entry; those about a transit key come first.
	Findings []Finding `json:"findings"`
	// Namespaces are those that the manifests in files are for, sorted by name; none for the cluster's Secrets.
	Namespaces []NamespaceReport `json:"namespaces,omitempty"`
	// OtherInstallation are Secrets that were not looked at, sorted by namespace and name: their transit key is in
	// another engine than the configured one, and the role may not use it.
	OtherInstallation []OtherSecret `json:"otherInstallation,omitempty"`
	// Seen are the namespaces that Secrets were seen in, sorted.
	Seen []string `json:"-"`
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
	// LatestVersion, its time of creation (RFC 3339) and the oldest version that opens; left out where the role
	// may not read the key's metadata.
	LatestVersion        int    `json:"latestVersion,omitempty"`
	LatestVersionCreated string `json:"latestVersionCreated,omitempty"`
	MinDecryptionVersion int    `json:"minDecryptionVersion,omitempty"`
	// Secrets and Entries are how many have this key, Stale how many of the entries are older than the latest version.
	Secrets int `json:"secrets"`
	Entries int `json:"entries"`
	Stale   int `json:"stale"`
}

// VerificationSummary counts what was looked at.
type VerificationSummary struct {
	Secrets int `json:"secrets"`
	Entries int `json:"entries"`
	// Sealed is how many of the Secrets are sealed: all of their entries are.
	Sealed int `json:"sealed"`
	// Expected is how many sealed Secrets were expected at least; 0: any number.
	Expected int `json:"expected,omitempty"`
	// Unbound is how many sealed entries are bound to nothing, a finding or not.
	Unbound int `json:"unbound"`
	// OtherInstallation is how many Secrets were not looked at, and are not among those above.
	OtherInstallation int `json:"otherInstallation"`
	// Findings by status.
	Findings map[EntryStatus]int `json:"findings"`
}

// Finding is one entry, one Secret where Entry is empty, or one transit key where Name is empty too, that is
// not as it should be. One that is Missing has neither. What could not be read in a file may have no Name.
type Finding struct {
	File          string      `json:"file,omitempty"` // where the Secret is not in the cluster
	Line          int         `json:"line,omitempty"` // of the file, where something could not be read
	Namespace     string      `json:"namespace,omitempty"`
	Name          string      `json:"name,omitempty"`
	Entry         string      `json:"entry,omitempty"`
	TransitKey    string      `json:"transitKey,omitempty"`
	Version       int         `json:"version,omitempty"`
	LatestVersion int         `json:"latestVersion,omitempty"`
	Status        EntryStatus `json:"status"`
	Reason        string      `json:"reason,omitempty"`
	// ConfiguredKey is the key that a Secret with a foreign one should have.
	ConfiguredKey string `json:"configuredKey,omitempty"`
	// Scope is the one that Vault has proven, of an entry that is bound to less than RequiredScope.
	Scope         string `json:"scope,omitempty"`
	RequiredScope string `json:"requiredScope,omitempty"`
	// ManagedBy is the tool that would put a stale Secret back to what its manifest has; empty: none.
	ManagedBy string `json:"managedBy,omitempty"`

	// Err is the reason itself, where Vault or Kubernetes gave one.
	Err error `json:"-"`
}

// result puts the report in order.
func (v *verification) result(p *pass, err error) (*VerificationReport, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil { // else not everything was seen
		v.found(v.missing()...)
	}
	slices.SortFunc(v.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
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

// UnreadError is about Secrets that were named and could not be read.
type UnreadError struct{ Secrets []UnreadSecret }

// UnreadSecret is one of them, and why.
type UnreadSecret struct {
	Namespace, Name string
	Err             error
}

func (e *UnreadError) Error() string { return oneLine(e.Unwrap()).Error() }

// Unwrap gives the failures.
func (e *UnreadError) Unwrap() []error {
	failures := make([]error, len(e.Secrets))
	for i, secret := range e.Secrets {
		failures[i] = secret.Err
	}
	return failures
}
