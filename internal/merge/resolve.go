package merge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Vault opens and seals entries. *engine.Client implements it.
type Vault interface {
	OpenEach(ctx context.Context, secrets []sealed.Secret) [][]engine.OpenedEntry
	SealEach(ctx context.Context, secret sealed.Secret, values map[string][]byte) (map[string]transit.Ciphertext, error)
}

// The reasons of a conflict.
var (
	// ErrBothChanged says that the sides have different values.
	ErrBothChanged = errors.New("both sides changed it to different values")
	// ErrBothAdded says the same of an entry that the base does not have.
	ErrBothAdded = errors.New("both sides added it with different values")
	// ErrRemoved says that one side removed it.
	ErrRemoved = errors.New("one side removed it, and the other one changed it")
	// ErrPlace says that plaintext is not sealed, because the sides do not agree on what it is bound to.
	ErrPlace = errors.New("one side changed its value, and the other one what it is bound to: name, namespace or scope")
	// ErrKeys says that both sides name another transit key, or another place.
	ErrKeys = errors.New("both sides changed the transit key or what it is bound to")
)

// NeedsVault reports whether entries must be opened.
func (m *Merge) NeedsVault() bool { return len(m.toOpen()) > 0 }

// toOpen are the entries to open.
func (m *Merge) toOpen() []*entry {
	var all []*entry
	for _, e := range m.entries {
		if e.open && e.err == nil {
			all = append(all, e)
		}
	}
	return all
}

// foreign is an error if a text has the Secret in a namespace in which nothing is opened.
func (m *Merge) foreign(e *entry) error {
	allowed := append([]string{m.namespace}, m.others...)
	for s := range sides {
		secret := e.group.read[s]
		if m.namespace != "" && e.group.has(s) && !slices.Contains(allowed, secret.Namespace) {
			return &manifest.OtherNamespaceError{
				Name: secret.Name, Namespace: secret.Namespace, Working: m.namespace,
			}
		}
	}
	return nil
}

// Refuse makes conflicts of all entries that must be opened, for a reason.
func (m *Merge) Refuse(reason error) {
	for _, e := range m.toOpen() {
		e.err = reason
	}
}

// Resolve opens the entries that both sides changed, in one batch a key, and decides about them. What does not open is
// a conflict if it differs. The merged values of a Secret are sealed together. The plaintext stays in memory.
func (m *Merge) Resolve(ctx context.Context, vault Vault) {
	all := m.toOpen()
	var secrets []sealed.Secret
	var values []*value
	entries := make([]*opened, len(all))
	for n, e := range all {
		entries[n] = &opened{entry: e}
		for s := range sides {
			if !e.has(s) {
				continue
			}
			secret := e.group.read[s]
			secret.Entries = []sealed.Entry{{Name: e.name, Ciphertext: e.is[s]}}
			secrets, values = append(secrets, secret), append(values, &entries[n].values[s])
		}
	}
	for n, result := range vault.OpenEach(ctx, secrets) {
		values[n].text, values[n].err, values[n].known = result[0].Plaintext, result[0].Err, result[0].Err == nil
	}
	var groups []*group
	merged := map[*group][]*opened{}
	for _, o := range entries {
		if o.err = o.decide(); o.err != nil || o.sealing == nil {
			continue
		}
		if merged[o.group] == nil {
			groups = append(groups, o.group)
		}
		merged[o.group] = append(merged[o.group], o)
	}
	for _, g := range groups {
		m.seal(ctx, vault, merged[g])
	}
}

// value is what one text has.
type value struct {
	text  []byte
	known bool
	err   error
}

func (v value) is(other value) bool { return v.known && other.known && bytes.Equal(v.text, other.text) }

// opened is an entry with its values.
type opened struct {
	*entry

	values  [sides]value
	sealing *sealed.Secret // where to seal the value that none of the texts has
	text    []byte
}

// decide resolves the entry with a ciphertext of a text, sets what to seal, or returns why it is a conflict.
func (o *opened) decide() error {
	was, our, their := o.values[base], o.values[ours], o.values[theirs]
	want, agreed := o.wanted()
	if !o.has(ours) || !o.has(theirs) {
		return o.decideOne(want)
	}
	switch {
	case !agreed:
		return ErrKeys
	case our.is(their):
		return o.take(want, our, ours, theirs)
	case was.is(our):
		return o.take(want, their, theirs)
	case was.is(their):
		return o.take(want, our, ours)
	case !our.known || !their.known || o.has(base) && !was.known:
		return o.unopened(ours, theirs, base)
	case !o.has(base):
		return ErrBothAdded
	}
	return o.merge(want)
}

// decideOne decides about an entry that one side has and the other one has not.
func (o *opened) decideOne(want sealed.Secret) error {
	by := ours
	if !o.has(ours) {
		by = theirs
	}
	was, is := o.values[base], o.values[by]
	switch {
	case !o.has(base) && is.known:
		return o.sealAs(want, is.text)
	case was.is(is):
		o.resolved = o.is[base] // what is left is that the other side removed it
		return nil
	case was.known && is.known:
		return ErrRemoved
	}
	return o.unopened(base, by)
}

// unopened is the first error of texts.
func (o *opened) unopened(in ...side) error {
	for _, s := range in {
		if err := o.values[s].err; err != nil {
			return err
		}
	}
	return ErrBothChanged
}

// take resolves the entry with the ciphertext of the highest version among sides with one value, in which it is bound
// as wanted. Without one, the value is to be sealed.
func (o *opened) take(want sealed.Secret, v value, from ...side) error {
	for _, s := range from {
		if bindingOf(o.group.read[s], o.name) == bindingOf(want, o.name) && newer(o.is[s], o.resolved) {
			o.resolved = o.is[s]
		}
	}
	if !o.resolved.IsZero() {
		return nil
	}
	if !v.known {
		return v.err
	}
	return o.sealAs(want, v.text)
}

// newer compares versions, and of one version the texts, so that the order of the sides makes no difference.
func newer(a, b transit.Ciphertext) bool {
	return a.Version() > b.Version() || a.Version() == b.Version() && a.String() > b.String()
}

// merge merges the fields of a document.
func (o *opened) merge(want sealed.Secret) error {
	format, err := document.FormatOf(o.name)
	if err != nil {
		return ErrBothChanged
	}
	text, err := document.Merge(format, o.values[base].text, o.values[ours].text, o.values[theirs].text)
	var conflict *document.ConflictError
	switch {
	case errors.As(err, &conflict), errors.Is(err, document.ErrLayout), errors.Is(err, document.ErrManyFields):
		return err
	case err != nil:
		return ErrBothChanged // it is no document, or has no fields
	}
	merged := value{text: text, known: true}
	switch {
	case merged.is(o.values[ours]):
		return o.take(want, merged, ours)
	case merged.is(o.values[theirs]):
		return o.take(want, merged, theirs)
	}
	return o.sealAs(want, text)
}

func (o *opened) sealAs(want sealed.Secret, text []byte) error {
	if !o.group.kept() {
		return ErrPlace
	}
	o.sealing, o.text = &want, text
	return nil
}

// seal seals the values of one Secret. If one of them cannot be sealed, all of them are conflicts.
func (m *Merge) seal(ctx context.Context, vault Vault, merged []*opened) {
	secret := *merged[0].sealing
	values := map[string][]byte{}
	for _, o := range merged {
		values[o.name] = o.text
	}
	ciphertexts, err := vault.SealEach(ctx, secret, values)
	secret.Entries = nil
	for _, o := range merged {
		if err != nil {
			o.err = fmt.Errorf("both sides changed it, and the merged value cannot be sealed: %w", err)
			continue
		}
		o.resolved = ciphertexts[o.name]
		secret.Entries = append(secret.Entries, sealed.Entry{Name: o.name, Ciphertext: o.resolved})
	}
	m.note(secret)
}
