package merge

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// side is one of the three texts.
type side int

const (
	base side = iota
	ours
	theirs
	sides
)

// Input is what to merge.
type Input struct {
	Base, Ours, Theirs []byte
	// Namespace is that of Secrets without one; empty: it is not known. Entries are opened and sealed there and in
	// Others only.
	Namespace string
	Others    []string
}

// Merge is the state of a merge.
type Merge struct {
	namespace string
	others    []string
	texts     [sides][]byte
	read      [sides]*manifest.Sealed // nil: it cannot be read
	entries   []*entry
	ages      []*ageNote
	bindings  map[string][]binding // by ciphertext: where the sides and Resolve have it
	sealed    map[named]bool       // the entries of the sides; false: a side has it in plaintext
	twice     map[named]bool       // Secrets that a side has twice
}

// Read reads the texts. What is not a manifest, or a Secret that has the same name as another one of its text, is left
// to the merge of lines. So are all three texts if one is larger than manifests may be.
func Read(in Input) *Merge {
	m := &Merge{
		namespace: in.Namespace, others: in.Others, texts: [sides][]byte{in.Base, in.Ours, in.Theirs},
		bindings: map[string][]binding{}, sealed: map[named]bool{}, twice: map[named]bool{},
	}
	if slices.ContainsFunc(m.texts[:], func(text []byte) bool { return len(text) > manifest.MaxFile }) {
		return m
	}
	for s, text := range m.texts {
		if read, err := manifest.ReadSealed(text); err == nil {
			m.read[s] = read
		}
	}
	if m.read[ours] == nil || m.read[theirs] == nil {
		return m
	}
	for _, g := range m.match() {
		m.entries = append(m.entries, m.entriesOf(g)...)
		m.ages = append(m.ages, ageNotesOf(g)...)
	}
	for _, e := range m.entries {
		if e.open {
			e.err = m.foreign(e)
		}
	}
	return m
}

// named is a Secret, or an entry of it.
type named struct{ namespace, name, entry string }

// group is one Secret in the three texts; nil where a text does not have it.
type group struct {
	live [sides]*corev1.Secret
	read [sides]sealed.Secret
}

func (g *group) has(s side) bool { return g.live[s] != nil }

// match finds the Secrets of the texts by their namespace and name, and those that one side has renamed.
func (m *Merge) match() []*group {
	groups, bad := map[named]*group{}, map[named]bool{}
	var order []named
	for s, read := range m.read {
		if read == nil {
			continue
		}
		for _, live := range read.Secrets() {
			secret, err := sealed.Read(live)
			if secret.Namespace == "" {
				secret.Namespace = m.namespace
			}
			at := named{namespace: secret.Namespace, name: secret.Name}
			g := groups[at]
			if g == nil {
				g = &group{}
				groups[at], order = g, append(order, at)
			}
			m.twice[at] = m.twice[at] || g.live[s] != nil
			bad[at] = bad[at] || m.twice[at] || err != nil
			g.live[s], g.read[s] = live, secret
			m.note(secret)
		}
	}
	var all []*group
	for _, at := range order {
		if !bad[at] {
			all = append(all, groups[at])
		}
	}
	return joinRenamed(joinRenamed(all, ours), theirs)
}

// joinRenamed joins the only Secret of the base that a side no longer has with the only one that the side has added.
// That they are one Secret shows when their entries are opened.
func joinRenamed(groups []*group, s side) []*group {
	var gone, added []*group
	for _, g := range groups {
		switch {
		case g.has(base) && !g.has(s):
			gone = append(gone, g)
		case !g.has(base) && g.has(s):
			added = append(added, g)
		}
	}
	other := ours + theirs - s
	if len(gone) != 1 || len(added) != 1 || gone[0].has(other) && added[0].has(other) {
		return groups
	}
	var joined []*group
	for _, g := range groups {
		if g == added[0] {
			continue
		}
		joined = append(joined, g)
	}
	for at, live := range added[0].live {
		if live != nil {
			gone[0].live[at], gone[0].read[at] = live, added[0].read[at]
		}
	}
	return joined
}

// binding is what an entry is sealed with: a transit key and a place.
type binding struct{ key, context string }

func bindingOf(secret sealed.Secret, entry string) binding {
	return binding{secret.Key.String(), string(secret.Context(entry))}
}

// note remembers the ciphertexts of a Secret.
func (m *Merge) note(secret sealed.Secret) {
	for _, e := range secret.Entries {
		at := named{secret.Namespace, secret.Name, e.Name}
		was, found := m.sealed[at]
		m.sealed[at] = e.Sealed() && (was || !found)
		if e.Sealed() {
			text := e.Ciphertext.String()
			m.bindings[text] = append(m.bindings[text], bindingOf(secret, e.Name))
		}
	}
}
