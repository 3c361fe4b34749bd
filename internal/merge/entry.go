package merge

import (
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// entry is an entry whose ciphertexts differ, and what is decided about it.
type entry struct {
	group *group
	name  string
	is    [sides]transit.Ciphertext // zero: the text does not have it
	open  bool                      // both sides changed it, so that it must be opened

	resolved transit.Ciphertext // zero: the merge of lines decides
	err      error              // why it is a conflict
}

func (e *entry) has(s side) bool { return !e.is[s].IsZero() }

// entries are those of a Secret about which there is something to decide. A Secret that a side does not have, and that
// may be in a document which cannot be read, is left to the merge of lines.
func (m *Merge) entriesOf(g *group) []*entry {
	for _, s := range []side{ours, theirs} {
		if !g.has(s) && len(m.read[s].Unread()) > 0 {
			return nil
		}
	}
	var names []string
	for s := range sides {
		if g.has(s) {
			names = append(names, g.read[s].Names()...)
		}
	}
	slices.Sort(names)
	var all []*entry
	for _, name := range slices.Compact(names) {
		e := &entry{group: g, name: name}
		if e.read() && e.decideUnopened() {
			all = append(all, e)
		}
	}
	return all
}

// read takes the ciphertexts of the texts. It is false if a text has the entry in plaintext.
func (e *entry) read() bool {
	for s := range sides {
		if !e.group.has(s) {
			continue
		}
		if found, ok := e.group.read[s].Entry(e.name); ok {
			if !found.Sealed() {
				return false
			}
			e.is[s] = found.Ciphertext
		}
	}
	return true
}

// decideUnopened decides what ciphertexts alone tell. It is false if the merge of lines does not need to know.
func (e *entry) decideUnopened() bool {
	switch o, a, b := e.is[base], e.is[ours], e.is[theirs]; {
	case a == b:
		return false
	case o.IsZero() && (a.IsZero() || b.IsZero()):
		e.open = e.addedElsewhere()
		return e.open
	case a.IsZero() || b.IsZero():
		e.open = a != o && b != o
		return e.open // else one side removed it and the other one has not changed it
	case o == a:
		e.resolved = b
	case o == b:
		e.resolved = a
	default:
		e.open = true
	}
	return true
}

// addedElsewhere reports whether one side has added the entry with another key, or for another place, than the Secret
// has in the result, because the other side has sealed it again.
func (e *entry) addedElsewhere() bool {
	by := ours
	if !e.has(ours) {
		by = theirs
	}
	want, ok := e.wanted()
	return ok && bindingOf(want, e.name) != bindingOf(e.group.read[by], e.name)
}

// wanted is the Secret of the result, without entries: each part of it is that of the side that changed it. It is false
// if both changed a part.
func (e *entry) wanted() (secret sealed.Secret, ok bool) {
	g := e.group
	if !g.has(ours) || !g.has(theirs) {
		return secret, false
	}
	o, a, b := g.read[base], g.read[ours], g.read[theirs]
	var oks [4]bool
	secret.Namespace, oks[0] = three(g.has(base), o.Namespace, a.Namespace, b.Namespace)
	secret.Name, oks[1] = three(g.has(base), o.Name, a.Name, b.Name)
	secret.Key, oks[2] = three(g.has(base), o.Key, a.Key, b.Key)
	secret.Scope, oks[3] = three(g.has(base), o.Scope, a.Scope, b.Scope)
	return secret, !slices.Contains(oks[:], false)
}

// three merges one value.
func three[T comparable](based bool, o, a, b T) (T, bool) {
	switch {
	case a == b, based && o == b:
		return a, true
	case based && o == a:
		return b, true
	}
	return o, false
}

// kept reports whether the place and the scope of a Secret are the same in all texts. Only then plaintext is sealed:
// who changed them on one side must not decide for the value of the other.
func (g *group) kept() bool {
	for _, s := range []side{base, theirs} {
		if !g.has(s) {
			continue
		}
		is, as := g.read[s], g.read[ours]
		if is.Namespace != as.Namespace || is.Name != as.Name || is.Scope != as.Scope {
			return false
		}
	}
	return true
}
