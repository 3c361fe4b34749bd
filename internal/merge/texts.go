package merge

import (
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// Texts returns the three texts with the same ciphertext for each entry that is decided, and the same annotations about
// the age. A merge of their lines finds no difference there, and merges the rest.
func (m *Merge) Texts() (base, ours, theirs []byte) {
	var decided []*entry
	for _, e := range m.entries {
		if e.err == nil && !e.resolved.IsZero() {
			decided = append(decided, e)
		}
	}
	texts, ok := m.with(decided, m.ages)
	if !ok {
		texts, ok = m.with(decided, nil)
	}
	if !ok {
		// A text has some of them in a form in which they cannot change alone. They must stay in all three texts.
		decided = slices.DeleteFunc(decided, func(e *entry) bool {
			_, ok := m.with([]*entry{e}, nil)
			if !ok && e.open {
				e.err = manifest.ErrSplice
			}
			return !ok
		})
		if texts, ok = m.with(decided, nil); !ok {
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

// with returns the texts with some of the entries and annotations; false: a text cannot have them.
func (m *Merge) with(decided []*entry, ages []*ageNote) (texts [sides][]byte, ok bool) {
	for s := range sides {
		texts[s] = m.texts[s]
		changes := changesOf(s, decided, ages)
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

// changesOf are the changes of one text.
func changesOf(s side, decided []*entry, ages []*ageNote) (changes []manifest.Change) {
	byGroup := map[*group]manifest.Change{}
	of := func(g *group) manifest.Change {
		change, found := byGroup[g]
		if !found {
			change = manifest.Change{Secret: g.live[s], Set: map[string]string{}, Annotations: map[string]any{}}
			byGroup[g], changes = change, append(changes, change)
		}
		return change
	}
	for _, e := range decided {
		if e.has(s) && e.is[s] != e.resolved {
			of(e.group).Set[e.name] = e.resolved.String()
		}
	}
	for _, note := range ages {
		if note.group.has(s) && note.group.live[s].Annotations[note.annotation] != note.resolved {
			of(note.group).Annotations[note.annotation] = note.resolved
		}
	}
	return changes
}
