package engine

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// IfExists says what Create does with a Secret that exists.
type IfExists int

// The choices.
const (
	Refuse    IfExists = iota // an *ExistsError
	Overwrite                 // replace all its entries
	Merge                     // replace or add the given entries, keep the others
)

// NotReplaceableError says why the values of an existing Secret cannot become ciphertext.
type NotReplaceableError struct {
	Namespace, Name string
	Reason          error
}

func (e *NotReplaceableError) Error() string {
	return fmt.Sprintf("secret %s/%s cannot be sealed: %v", e.Namespace, e.Name, e.Reason)
}

func (e *NotReplaceableError) Unwrap() error { return e.Reason }

// plan is what a Create does to the existing Secret.
type plan struct {
	live   *corev1.Secret // nil: there is none
	before sealed.Secret  // what live says
	seal   map[string][]byte
	keep   []sealed.Entry // sealed entries that stay
	drop   []string       // entries to remove
	adopts []string       // plaintext entries that are sealed in place or removed
}

// planFor decides what to do with the existing Secret; nil: there is none.
func planFor(request CreateRequest, live *corev1.Secret) (plan, error) {
	p := plan{live: live, seal: request.Entries}
	if live == nil {
		p.before = sealed.Secret{Namespace: request.Namespace, Name: request.Name}
		return p, nil
	}
	if err := sealed.CheckReplaceable(live); err != nil {
		return p, &NotReplaceableError{Namespace: live.Namespace, Name: live.Name, Reason: err}
	}
	var err error
	if p.before, err = readSealed(live); err != nil {
		return p, err
	}
	if request.Live && len(p.before.Entries) == 0 {
		return p, fmt.Errorf("secret %s/%s: it has no entries: there is nothing to seal", live.Namespace, live.Name)
	}
	nothing := request.Live && p.before.IsSealed() && len(request.Entries) == 0
	if !p.before.IsSealed() && !request.Adopt || request.IfExists == Refuse || nothing {
		return p, &ExistsError{
			Namespace: live.Namespace, Name: live.Name,
			Unsealed: p.before.Unsealed(), Empty: len(p.before.Entries) == 0,
		}
	}
	p.adopts = p.before.Unsealed()
	p.decideEntries(request)
	return p, nil
}

// decideEntries decides for each existing entry whether it is replaced, kept, sealed in place or dropped.
func (p *plan) decideEntries(request CreateRequest) {
	p.seal = make(map[string][]byte, len(request.Entries))
	for name, plaintext := range request.Entries {
		p.seal[name] = plaintext
	}
	for _, entry := range p.before.Entries {
		_, given := request.Entries[entry.Name]
		switch {
		case given:
		case request.IfExists == Overwrite:
			p.drop = append(p.drop, entry.Name)
		case entry.Sealed():
			p.keep = append(p.keep, entry)
		default:
			p.seal[entry.Name] = p.live.Data[entry.Name]
		}
	}
}

// scope is the scope of the new ciphertexts, for the requested scope (Unbound: none) and the key. Others may have
// edited the annotation. It counts only if entries that stay prove it: see proveKept.
func (p *plan) scope(asked sealed.Scope, key transit.KeyInfo) (sealed.Scope, error) {
	existing := p.before.Scope
	switch {
	case asked != sealed.Unbound && !key.Derived:
		return asked, &NotDerivedError{Key: key.Key, Scope: asked}
	case !key.Derived:
		return sealed.Unbound, nil
	case len(p.keep) > 0 && asked != sealed.Unbound && asked != existing:
		return asked, fmt.Errorf("its other entries have scope %s: they cannot be kept beside scope %s",
			existing, asked)
	case len(p.keep) > 0:
		return existing, nil
	case asked != sealed.Unbound:
		return asked, nil
	}
	return sealed.Strict, nil
}

// checkSize refuses a size that the API server refuses, before Vault encrypts anything. It allows for some digits of
// the key version.
func (p *plan) checkSize() error {
	const someVersion = 999999
	total := 0
	for _, plaintext := range p.seal {
		total += transit.CiphertextLen(len(plaintext), someVersion)
	}
	for _, entry := range p.keep {
		total += len(entry.Ciphertext.String())
	}
	if total > corev1.MaxSecretSize {
		return &TooLargeError{Namespace: p.before.Namespace, Name: p.before.Name, Size: total}
	}
	return nil
}

// names are the names of the entries to seal, sorted.
func (p *plan) names() []string {
	names := make([]string, 0, len(p.seal))
	for name := range p.seal {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// NotDerivedError says that the request has a scope and the key is not derived, so that it cannot bind.
type NotDerivedError struct {
	Key   transit.Key
	Scope sealed.Scope
}

func (e *NotDerivedError) Error() string {
	return fmt.Sprintf("scope %s: transit key %s is not derived, so Vault would not bind the entries", e.Scope, e.Key)
}

// TooLargeError says that a Secret would be larger than Kubernetes stores.
type TooLargeError struct {
	Namespace, Name string
	Size            int // bytes, sealed
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("secret %s/%s would hold %d bytes sealed; Kubernetes stores at most %d",
		e.Namespace, e.Name, e.Size, corev1.MaxSecretSize)
}
