package merge

import (
	"errors"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Conflict is an entry about which a person must decide.
type Conflict struct {
	Namespace, Name string // of the Secret; empty: it is about the text
	Entry           string
	Err             error
}

// Conflicts are the entries that were not decided.
func (m *Merge) Conflicts() []Conflict {
	var all []Conflict
	for _, e := range m.entries {
		if e.err == nil {
			continue
		}
		for _, s := range []side{ours, theirs, base} {
			if e.group.has(s) {
				secret := e.group.read[s]
				all = append(all, Conflict{secret.Namespace, secret.Name, e.name, e.err})
				break
			}
		}
	}
	return all
}

// What may be wrong with the result of a merge of lines that finds no conflict.
var (
	ErrOtherBinding = errors.New("it was sealed with another transit key, or for another place or scope, " +
		"than the merged Secret has")
	ErrMixed      = errors.New("its ciphertext is of neither side")
	ErrTwice      = errors.New("the merged text has the Secret twice")
	ErrUnreadable = errors.New("the merged text has a Secret that cannot be read, and the sides have none")
)

// Check looks at the result of the merge of lines. An entry must be bound to what the Secret says in the result: one
// side may have added it while the other one sealed the Secret again with another key.
func (m *Merge) Check(merged []byte) []Conflict {
	if m.read[ours] == nil || m.read[theirs] == nil {
		return nil
	}
	result, err := manifest.ReadSealed(merged)
	if err != nil {
		return []Conflict{{Err: ErrUnreadable}}
	}
	var all []Conflict
	if len(result.Unread()) > m.mostUnread() {
		all = append(all, Conflict{Err: ErrUnreadable})
	}
	seen := map[named]bool{}
	for _, live := range result.Secrets() {
		secret, err := sealed.Read(live)
		if err != nil {
			continue // as a side has it
		}
		if secret.Namespace == "" {
			secret.Namespace = m.namespace
		}
		at := named{namespace: secret.Namespace, name: secret.Name}
		if seen[at] && !m.twice[at] {
			all = append(all, Conflict{secret.Namespace, secret.Name, "", ErrTwice})
		}
		seen[at] = true
		for _, e := range secret.Entries {
			if err := m.checkEntry(secret, e); err != nil {
				all = append(all, Conflict{secret.Namespace, secret.Name, e.Name, err})
			}
		}
	}
	return all
}

// mostUnread is how many documents the result can have that cannot be read, such as templates, because a side has them.
func (m *Merge) mostUnread() int {
	our, their, both := len(m.read[ours].Unread()), len(m.read[theirs].Unread()), 0
	if m.read[base] != nil {
		both = min(our, their, len(m.read[base].Unread()))
	}
	return our + their - both
}

// CheckSides is Check for a merge of lines with conflicts: it looks at what comes out if each conflict takes our side,
// and if each takes theirs. A result that cannot be read is no finding: the user has yet to write the text.
func (m *Merge) CheckSides(takesOurs, takesTheirs []byte) []Conflict {
	known := map[named]bool{}
	for _, c := range m.Conflicts() {
		known[named{c.Namespace, c.Name, c.Entry}] = true
	}
	var all []Conflict
	for _, c := range append(m.Check(takesOurs), m.Check(takesTheirs)...) {
		at := named{c.Namespace, c.Name, c.Entry}
		if c.Name != "" && !known[at] {
			all = append(all, c)
		}
		known[at] = true
	}
	return all
}

func (m *Merge) checkEntry(secret sealed.Secret, e sealed.Entry) error {
	if !e.Sealed() {
		if m.sealed[named{secret.Namespace, secret.Name, e.Name}] {
			return ErrMixed
		}
		return nil
	}
	from := m.bindings[e.Ciphertext.String()]
	switch {
	case slices.Contains(from, bindingOf(secret, e.Name)):
		return nil
	case len(from) == 0:
		return ErrMixed
	}
	return ErrOtherBinding
}
