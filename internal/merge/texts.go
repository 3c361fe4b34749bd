package merge

import (
	"maps"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// Texts returns the three texts with the same ciphertext for each entry that is decided. A merge of their lines finds
// no difference there, and merges the rest.
func (m *Merge) Texts() (base, ours, theirs []byte) {
	var decided []*entry
	for _, e := range m.entries {
		if e.err == nil && !e.resolved.IsZero() {
			decided = append(decided, e)
		}
	}
	texts, ok := m.with(decided)
	if !ok {
		// A text has some of them in a form in which they cannot change alone. They must stay in all three texts.
		decided = slices.DeleteFunc(decided, func(e *entry) bool {
			_, ok := m.with([]*entry{e})
			if !ok && e.open {
				e.err = manifest.ErrSplice
			}
			return !ok
		})
		if texts, ok = m.with(decided); !ok {
			texts = m.texts
			for _, e := range decided {
				if e.open {
					e.err = manifest.ErrSplice
				}
			}
		}
	}
	return texts[0], texts[1], texts[2]
}

// with returns the texts with some of the entries; false: a text cannot have them.
func (m *Merge) with(decided []*entry) (texts [sides][]byte, ok bool) {
	for s := range sides {
		texts[s] = m.texts[s]
		var changes []manifest.Change
		byGroup := map[*group]map[string]string{}
		for _, e := range decided {
			if !e.has(s) || e.is[s] == e.resolved {
				continue
			}
			set := byGroup[e.group]
			if set == nil {
				set = map[string]string{}
				byGroup[e.group] = set
				changes = append(changes, manifest.Change{Secret: e.group.live[s], Set: set})
			}
			maps.Copy(set, map[string]string{e.name: e.resolved.String()})
		}
		if len(changes) == 0 {
			continue
		}
		text, err := m.read[s].Splice(changes)
		if err != nil {
			return texts, false
		}
		texts[s] = text
	}
	return texts, true
}
