package engine

import (
	"cmp"
	"maps"
	"slices"
)

// Verified is the status of Secrets and entries without a finding in a VerificationCount.
const Verified EntryStatus = "ok"

// NotVerified is the status of Secrets of another installation in a VerificationCount.
const NotVerified EntryStatus = "other-installation"

// Statuses are the statuses of findings, the most severe first.
func Statuses() []EntryStatus {
	return []EntryStatus{
		Broken, Unreadable, Unsealed, Plaintext, ForeignKey, Expired, Stale, Overdue, ExpiresSoon, Old, Unbound,
		WeakScope, Malformed, Missing,
	}
}

// VerificationCount is what was verified in one namespace under one transit key.
type VerificationCount struct {
	// Namespace is empty for findings that belong to none, and for Secrets in files of namespaces where no entry
	// authenticates: everyone who writes a manifest can invent namespaces.
	Namespace string
	// TransitKey is empty for Secrets of an unproven key. Everyone who may edit a Secret can invent keys, so a key is
	// only told if an entry of the namespace authenticates with it, or in a cluster if it is the namespace's configured
	// one.
	TransitKey string
	// Secrets and Entries are numbers by status. Each counts once: with its most severe finding, or as Verified.
	Secrets, Entries map[EntryStatus]int
	// Findings are numbers by status.
	Findings map[EntryStatus]int
	// Managed is the number of Secrets that a tool would restore from its manifest.
	Managed int
}

// group is what is counted together.
type group struct {
	namespace string
	state     *keyState // nil: the key is not known
}

// groupCount is the count of a group.
type groupCount struct {
	VerificationCount

	file   bool // of a Secret in a file
	proven bool // an entry authenticates
}

// of is the count of a group. The caller holds the lock.
func (v *verification) of(g group) *groupCount {
	count := v.counts[g]
	if count == nil {
		count = &groupCount{VerificationCount: newCount(g.namespace, "")}
		v.counts[g] = count
	}
	return count
}

func newCount(namespace, key string) VerificationCount {
	return VerificationCount{Namespace: namespace, TransitKey: key, Secrets: map[EntryStatus]int{},
		Entries: map[EntryStatus]int{}, Findings: map[EntryStatus]int{}}
}

// statusOf is the status of what has these findings.
func statusOf(findings []Finding) EntryStatus {
	if len(findings) == 0 {
		return Verified
	}
	for _, status := range Statuses() {
		for _, finding := range findings {
			if finding.Status == status {
				return status
			}
		}
	}
	return findings[0].Status
}

// count adds a Secret to the count of its group and to the row of its key. The caller holds the lock.
func (v *verification) count(t *task, secret verdict) {
	count := v.of(t.group())
	count.file = t.file != ""
	if secret.other {
		count.Secrets[NotVerified]++
		return
	}
	count.Secrets[statusOf(secret.findings)]++
	for status, n := range secret.entries {
		count.Entries[status] += n
	}
	if t.managed != "" {
		count.Managed++
	}
	row := v.keys[t.state]
	if row != nil {
		row.Secrets++
		row.Entries += len(t.secret.Entries) - len(t.secret.Unsealed())
		row.Stale += secret.entriesWith(Stale)
	}
	if t.err != nil {
		return
	}
	for _, entry := range t.opened() {
		count.proven = true
		version := entry.Ciphertext.Version()
		if row != nil && (row.OldestVersion == 0 || version < row.OldestVersion) {
			row.OldestVersion = version
		}
	}
}

func (t *task) group() group { return group{t.live.Namespace, t.state} }

// named reports whether the key of a group may be told: see VerificationCount.
func (v *verification) named(g group) bool {
	if g.state == nil {
		return false
	}
	configured, err := v.client.configuredKey(g.namespace)
	return v.counts[g].proven || !v.counts[g].file && err == nil && configured == g.state.key
}

// countsByGroup puts the counts of unproven keys and namespaces together, and marks the keys that are told. The caller
// holds the lock.
func (v *verification) countsByGroup() []VerificationCount {
	told, real := map[*keyState]bool{}, map[string]bool{}
	for g, count := range v.counts {
		told[g.state] = told[g.state] || g.namespace != "" && v.named(g)
		real[g.namespace] = real[g.namespace] || !count.file || count.proven
	}
	type labels struct{ namespace, key string }
	ofNone := newCount("", "")
	merged := map[labels]*VerificationCount{{}: &ofNone}
	for g, count := range v.counts {
		var l labels
		if real[g.namespace] {
			l.namespace = g.namespace
		}
		if told[g.state] && (g.namespace == "" || v.named(g)) {
			l.key = g.state.key.String()
		}
		if merged[l] == nil {
			into := newCount(l.namespace, l.key)
			merged[l] = &into
		}
		merged[l].add(count.VerificationCount)
	}
	for state, row := range v.keys {
		row.Told = told[state]
	}
	counts := make([]VerificationCount, 0, len(merged))
	for _, count := range merged {
		counts = append(counts, *count)
	}
	slices.SortFunc(counts, func(a, b VerificationCount) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.TransitKey, b.TransitKey))
	})
	return counts
}

func (c *VerificationCount) add(other VerificationCount) {
	for _, pair := range []struct{ into, from map[EntryStatus]int }{
		{c.Secrets, other.Secrets}, {c.Entries, other.Entries}, {c.Findings, other.Findings},
	} {
		for status, n := range maps.All(pair.from) {
			pair.into[status] += n
		}
	}
	c.Managed += other.Managed
}
