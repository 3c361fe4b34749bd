package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// CreateRequest is one Secret to seal.
type CreateRequest struct {
	Namespace, Name string
	Entries         map[string][]byte // plaintext by data key
	// Live seals the plaintext entries of the existing Secret. Without one it fails with ErrNotFound. It requires Adopt
	// and Merge.
	Live bool
	// Metadata is the metadata of the plaintext Secret that the sealed one keeps.
	Metadata Metadata
	Scope    sealed.Scope // Unbound: Strict with a derived key
	IfExists IfExists
	Adopt    bool // take over a Secret with entries that are not sealed
	ReadBack bool // open the new ciphertexts and compare before the write
	Compare  bool // fill the result's Differences before the write; this opens the entries that are replaced
	DryRun   DryRun
}

// Metadata is what a sealed Secret keeps of the plaintext one, apart from the entries.
type Metadata struct {
	Labels      map[string]string
	Annotations map[string]string
	// Type is recorded if the sealed Secret has another one; empty: not known.
	Type corev1.SecretType
}

// CreateResult is the result of a change of one Secret.
type CreateResult struct {
	Secret     *corev1.Secret // as stored, or with a dry run as it would be
	TransitKey transit.Key    // of the Secret; zero with Unchanged
	Created    bool           // it did not exist
	// Unchanged tells that the Secret already was as requested, so that nothing was written.
	Unchanged bool
	Notes     []string // sentences that the user should know
	// Warnings are sentences that the user should act on.
	Warnings []string
	// Differences are the entries whose plaintext differs, sorted by name. Set only when the request asks to Compare.
	Differences []EntryDifference
}

// Create seals the entries and writes the Secret: it encrypts, reads back, writes once with the resourceVersion, and
// compares the result with what it sent. If anything before the write fails, nothing has changed. If another client
// writes the Secret at the same time, Merge reads it again and continues, unless that client changed what the request
// changes: then the error is a *TouchedError.
func (c *Client) Create(ctx context.Context, request CreateRequest) (result *CreateResult, err error) {
	if err := (&plan{before: sealed.Secret{Namespace: request.Namespace, Name: request.Name}, seal: request.Entries}).checkSize(); err != nil {
		return nil, err
	}
	if err := checkMetadata(request.Namespace, request.Name, request.Entries, request.Metadata); err != nil {
		return nil, err
	}
	mine := claimOf(slices.Collect(maps.Keys(request.Entries)), request.Metadata)
	if request.IfExists != Merge {
		return c.createOnce(ctx, request, mine)
	}
	err = c.retryOnConflict(ctx, writeRetries(), func(ctx context.Context) error {
		result, err = c.createOnce(ctx, request, mine)
		return err
	})
	return result, err
}

// createOnce is one attempt.
func (c *Client) createOnce(ctx context.Context, request CreateRequest, mine *claim) (*CreateResult, error) {
	v := c.vault(request.Namespace)
	p, err := c.planned(ctx, v, request)
	if err == nil {
		before := p.before
		if key, err := c.keyOf(before); err == nil {
			before.Key = key
		}
		err = mine.check(ctx, v, p.live, before)
	}
	if err != nil {
		return nil, err
	}
	result := &CreateResult{Created: p.live == nil}
	if request.Compare {
		if result.Differences, err = c.differences(ctx, v, p); err != nil {
			return nil, err
		}
	}
	if p.live != nil {
		c.warnManaged(result, p.live)
	}
	after, ciphertexts, err := c.seal(ctx, v, sealing{plan: p, request: request, result: result})
	if err != nil {
		return nil, fmt.Errorf("seal secret %s/%s: %w", request.Namespace, request.Name, err)
	}
	change := Change{
		Live: p.live, As: after, Set: ciphertexts, Drop: p.drop, Kept: request.Metadata, Untype: request.IfExists == Overwrite,
	}
	if result.Secret, err = c.write(ctx, change, request.DryRun); err != nil {
		return nil, err
	}
	return result, nil
}

// planned reads the Secret during the login, and decides what to do with it.
func (c *Client) planned(ctx context.Context, v vault, request CreateRequest) (p plan, err error) {
	err = alongsideLogin(ctx, v, func(ctx context.Context) error {
		live, err := c.store.Get(ctx, request.Namespace, request.Name)
		if err != nil && (request.Live || !errors.Is(err, kube.ErrNotFound)) {
			return err
		}
		if p, err = planFor(request, live); err != nil {
			return err
		}
		return p.checkSize()
	})
	return p, err
}

// sealing is a Create after it has read the existing Secret and before it writes.
type sealing struct {
	plan    plan
	request CreateRequest
	result  *CreateResult
}

const noteUnbound = "transit key %s is not derived: the entries are bound to nothing, and open wherever they are copied to"

func (s sealing) note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
}

// seal returns the metadata and the ciphertexts to write, with the proofs that the request asks for. It writes nothing.
func (c *Client) seal(ctx context.Context, v vault, s sealing) (sealed.Secret, map[string]transit.Ciphertext, error) {
	after := s.plan.before
	if err := c.checkLiveMetadata(s.plan); err != nil {
		return after, nil, err
	}
	key, err := c.sealingKey(ctx, v, s)
	if err != nil {
		return after, nil, err
	}
	after.Key, s.result.TransitKey = key.Key, key.Key
	if after.Scope, err = s.plan.scope(s.request.Scope, key); err != nil {
		return after, nil, err
	}
	if after.Scope == sealed.Unbound {
		s.note(noteUnbound, key.Key)
	}
	if was := s.plan.before.Scope; s.plan.live != nil && was != sealed.Unbound && was != after.Scope {
		s.note("sealed with scope %s; its annotation said %s", after.Scope, was)
	}
	if err := proveKept(ctx, v, s.plan, after); err != nil {
		return after, nil, err
	}
	ciphertexts, err := encrypt(ctx, v, s.plan, after)
	if err != nil {
		return after, nil, err
	}
	if s.request.ReadBack {
		err = readBack(ctx, v, s, after, ciphertexts)
	}
	if len(s.plan.adopts) > 0 {
		s.result.Warnings = append(s.result.Warnings, fmt.Sprintf(
			"etcd's history and backups still hold the old plaintext of %s: change the credential", strings.Join(s.plan.adopts, ", ")))
	}
	return after, ciphertexts, err
}

// sealingKey is the configured key. A Secret that is annotated with another key is sealed with the pinned one, if none
// of its entries stays.
func (c *Client) sealingKey(ctx context.Context, v vault, s sealing) (transit.KeyInfo, error) {
	key, err := c.keyToSeal(s.plan.before)
	var mismatch *KeyMismatchError
	if errors.As(err, &mismatch) && len(s.plan.keep) == 0 {
		key, err = mismatch.Wanted, nil
		s.note("sealed with transit key %s; its annotation said %s", key, mismatch.Annotated)
	}
	if err != nil {
		return transit.KeyInfo{}, err
	}
	info, err := v.Key(ctx, key)
	if err != nil {
		return info, err
	}
	return info, info.CheckSealing()
}

func encrypt(ctx context.Context, v vault, p plan, after sealed.Secret) (map[string]transit.Ciphertext, error) {
	names := p.names()
	items := make([]transit.Item, len(names))
	for i, name := range names {
		items[i] = after.PlaintextItem(name, p.seal[name])
	}
	results, err := v.Encrypt(ctx, after.Key, items)
	if err != nil {
		return nil, err
	}
	ciphertexts := make(map[string]transit.Ciphertext, len(names))
	for i, result := range results {
		if result.Err != nil {
			return nil, fmt.Errorf("entry %q: %w", names[i], result.Err)
		}
		ciphertexts[names[i]] = result.Ciphertext
	}
	return ciphertexts, nil
}

// readBack opens the new ciphertexts and compares them with the input. A role that may only encrypt gets a note.
func readBack(ctx context.Context, v vault, s sealing, after sealed.Secret, ciphertexts map[string]transit.Ciphertext) error {
	names := s.plan.names()
	items := make([]transit.Item, len(names))
	for i, name := range names {
		items[i] = after.Item(sealed.Entry{Name: name, Ciphertext: ciphertexts[name]})
	}
	results, err := v.Decrypt(ctx, after.Key, items)
	if errors.Is(err, transit.ErrDenied) {
		s.note("not read back before the write: the Vault role may not decrypt with %s", after.Key)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	for i, result := range results {
		if result.Err != nil {
			return fmt.Errorf("read back entry %q: %w", names[i], result.Err)
		}
		if !bytes.Equal(result.Plaintext, s.plan.seal[names[i]]) {
			return fmt.Errorf("read back entry %q: it opens to other bytes than were sealed", names[i])
		}
	}
	return nil
}

// proveKept checks that the entries that stay are sealed with the key and the scope of the new annotations. Everyone
// who may edit the Secret can edit its annotations, so they prove nothing.
func proveKept(ctx context.Context, v vault, p plan, after sealed.Secret) error {
	if len(p.keep) == 0 {
		return nil
	}
	results, err := v.Rewrap(ctx, after.Key, 0, after.Items(p.keep))
	if err != nil {
		return fmt.Errorf("check the entries that stay: %w", err)
	}
	for i, result := range results {
		if result.Err != nil {
			return fmt.Errorf("entry %q stays, but does not open with %s: %w", p.keep[i].Name, after.Key, result.Err)
		}
	}
	return nil
}
