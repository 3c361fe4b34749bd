package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// SealRequest is one Secret of a manifest to seal where it is written.
type SealRequest struct {
	// Secret has a namespace, and plaintext or sealed entries. Sealed ones stay. It is not changed.
	Secret *corev1.Secret
	// Scope is that of the new ciphertexts; Unbound: that of the entries that stay, else Strict with a derived key.
	Scope sealed.Scope
	// Earlier are sealed Secrets of the same place. Their ciphertexts are used again for entries with equal plaintext,
	// if they have the same transit key and scope. Without new ciphertexts, so is the time when they were sealed.
	Earlier []*corev1.Secret
	// Overridden is plaintext that leaves the manifest without being sealed. It must not stay in metadata either.
	Overridden map[string][]byte
}

// SealResult says how to change the manifest.
type SealResult struct {
	As          sealed.Secret // the transit key and the scope; zero: no entry is new
	Set         map[string]transit.Ciphertext
	Reused      int               // how many of Set are ciphertexts of Earlier
	Labels      map[string]string // to set
	Annotations map[string]any    // to set; nil: to remove
	Notes       []string
}

// SealError is an error about one of the Secrets of a Seal.
type SealError struct {
	Index int // of its request
	Err   error
}

func (e *SealError) Error() string { return e.Err.Error() }
func (e *SealError) Unwrap() error { return e.Err }

// UnnamedError says that the name of a Secret is not known, and that the scope of its entries needs it.
type UnnamedError struct{ Scope sealed.Scope }

func (e *UnnamedError) Error() string {
	return fmt.Sprintf("it has generateName and no name, and scope %s binds the entries to the name", e.Scope)
}

// Seal seals the plaintext entries of Secrets of manifests, all of them or none, and opens the new ciphertexts to
// compare them. It writes nothing. It makes one batch for each namespace and step, and none for Secrets without
// plaintext. An error about one Secret is a *SealError.
func (c *Client) Seal(ctx context.Context, requests []SealRequest) ([]SealResult, error) {
	all := make([]*manifestSeal, len(requests))
	byNamespace := map[string][]*manifestSeal{}
	for n, request := range requests {
		m, err := newManifestSeal(n, request)
		if err != nil {
			return nil, &SealError{n, err}
		}
		if all[n] = m; len(m.seal) > 0 {
			byNamespace[request.Secret.Namespace] = append(byNamespace[request.Secret.Namespace], m)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		if err := c.sealManifests(ctx, namespace, byNamespace[namespace]); err != nil {
			return nil, err
		}
	}
	results := make([]SealResult, len(all))
	for n, m := range all {
		if err := m.changeMetadata(c.now()); err != nil {
			return nil, m.failed(err)
		}
		results[n] = m.result
	}
	return results, nil
}

// manifestSeal is one Secret of a Seal.
type manifestSeal struct {
	plan

	request SealRequest
	index   int
	after   sealed.Secret
	sources []*corev1.Secret // of Earlier, whose ciphertexts are used again
	result  SealResult
}

// newManifestSeal decides which entries are sealed. It refuses what needs no Vault to refuse.
func newManifestSeal(index int, request SealRequest) (*manifestSeal, error) {
	secret := request.Secret
	m := &manifestSeal{
		plan:  plan{live: secret, seal: map[string][]byte{}},
		index: index, request: request, result: SealResult{Set: map[string]transit.Ciphertext{}},
	}
	var err error
	if m.before, err = readSealed(secret); err != nil && sealed.LooksSealed(secret) {
		return nil, err // without sealed entries the annotations say nothing
	}
	for _, entry := range m.before.Entries {
		if entry.Sealed() {
			m.keep = append(m.keep, entry)
		} else {
			m.seal[entry.Name] = secret.Data[entry.Name]
		}
	}
	if len(m.seal) == 0 {
		return m, nil
	}
	if err := sealed.CheckReplaceable(secret); err != nil {
		return nil, &NotReplaceableError{Namespace: secret.Namespace, Name: secret.Name, Reason: err}
	}
	return m, m.checkSize()
}

// failed is an error about the Secret.
func (m *manifestSeal) failed(err error) error {
	name := m.before.Name
	if name == "" {
		name = m.request.Secret.GenerateName + "*"
	}
	return &SealError{m.index, fmt.Errorf("seal secret %s/%s: %w", m.before.Namespace, name, err)}
}

// sealManifests seals Secrets of one namespace.
func (c *Client) sealManifests(ctx context.Context, namespace string, all []*manifestSeal) error {
	v := c.vault(namespace)
	keys := map[transit.Key]transit.KeyInfo{}
	for _, m := range all {
		if err := c.bind(ctx, v, m, keys); err != nil {
			return err
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(keys), compareKeys) {
		b := manifestBatch{client: c, vault: v, key: key}
		for _, m := range all {
			if m.after.Key == key {
				b.all = append(b.all, m)
			}
		}
		for _, step := range []func(context.Context) error{b.proveKept, b.reuse, b.encrypt} {
			if err := step(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// bind decides the transit key and the scope. What the annotations of a manifest without sealed entries say decides
// nothing. keys are those whose metadata was read.
func (c *Client) bind(ctx context.Context, v vault, m *manifestSeal, keys map[transit.Key]transit.KeyInfo) error {
	key, err := c.configuredKey(m.before.Namespace)
	if err == nil && len(m.keep) > 0 {
		key, err = c.keyToSeal(m.before)
	}
	if err != nil {
		return m.failed(err)
	}
	info, known := keys[key]
	if !known {
		if info, err = v.Key(ctx, key); err == nil {
			err = info.CheckSealing()
		}
		if err != nil {
			return err // it is about no Secret
		}
		keys[key] = info
	}
	m.after = m.before
	m.after.Key = key
	if m.after.Scope, err = m.scope(m.request.Scope, info); err != nil {
		if _, ofKey := errors.AsType[*NotDerivedError](err); ofKey {
			return err
		}
		return m.failed(err)
	}
	if m.after.Name == "" && m.after.Scope == sealed.Strict {
		return m.failed(&UnnamedError{m.after.Scope})
	}
	m.noteBinding()
	return nil
}

func (m *manifestSeal) noteBinding() {
	note := func(format string, args ...any) {
		m.result.Notes = append(m.result.Notes, fmt.Sprintf(format, args...))
	}
	was, is := m.before, m.after
	if is.Scope == sealed.Unbound {
		note(noteUnbound, is.Key)
	}
	if was.Annotated() && was.Key != is.Key {
		note("sealed with transit key %s; its annotation said %s", is.Key, was.Key)
	}
	if was.Scope != sealed.Unbound && was.Scope != is.Scope {
		note("sealed with scope %s; its annotation said %s", is.Scope, was.Scope)
	}
	m.result.As = is
}

// changeMetadata decides what changes in labels and annotations. It refuses plaintext in what stays.
func (m *manifestSeal) changeMetadata(now time.Time) error {
	after := m.request.Secret.DeepCopy()
	if len(m.seal) == 0 { // the annotations of sealed entries stay
		m.result.Annotations = map[string]any{}
		for name := range after.Annotations {
			if sealed.IsCopy(name) {
				m.result.Annotations[name] = nil
			}
		}
	} else {
		change := Change{Live: after, As: m.after, Untype: len(m.keep) == 0}
		m.result.Labels, m.result.Annotations = change.labels(), change.annotations()
		maps.Copy(m.result.Annotations, change.changed(m.age(now)))
	}
	for name := range m.result.Annotations {
		delete(after.Annotations, name)
	}
	public := sealed.PublicMetadata{
		Namespace: after.Namespace, Name: after.Name, Labels: after.Labels, Annotations: after.Annotations,
	}
	for _, gone := range []map[string][]byte{m.seal, m.request.Overridden} {
		if err := public.Check(gone); err != nil {
			return err
		}
	}
	if kept := sealed.KeptPlaintext(after); len(kept) > 0 {
		return &sealed.PlaintextInMetadataError{Field: "annotation", Name: kept[0].Annotation, Entry: kept[0].Entry}
	}
	return nil
}
