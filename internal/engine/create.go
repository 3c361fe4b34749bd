package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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
	// Installation, with Live, is the namespace of vaultseal's own objects, whose Secrets stay plaintext.
	Installation string
	// Metadata is the metadata of the plaintext Secret that the sealed one keeps.
	Metadata Metadata
	Scope    sealed.Scope // Unbound: Strict with a derived key
	Expires  sealed.Expiry
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
	// Unchanged reports whether the Secret already was as requested, so that nothing was written.
	Unchanged bool
	// Annotated reports whether only annotations changed.
	Annotated bool
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
	given := plan{before: sealed.Secret{Namespace: request.Namespace, Name: request.Name}, seal: request.Entries}
	if err := given.checkSize(); err != nil {
		return nil, err
	}
	if err := checkMetadata(request.Namespace, request.Name, request.Entries, request.Metadata); err != nil {
		return nil, err
	}
	mine := claimOf(slices.Collect(maps.Keys(request.Entries)), request.Metadata).expiry(request.Expires)
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
	s := sealing{plan: p, request: request, result: result, proven: p.keep}
	after, ciphertexts, err := c.seal(ctx, v, s)
	if err != nil {
		return nil, fmt.Errorf("seal secret %s/%s: %w", request.Namespace, request.Name, err)
	}
	change := Change{
		Live: p.live, As: after, Set: ciphertexts, Drop: p.drop,
		Kept: request.Metadata, Untype: request.IfExists == Overwrite,
		Age: sealed.AgeChange{SealedAt: c.now(), Expires: request.Expires},
	}
	c.noteExpired(result, change)
	if result.Secret, err = c.writeSealed(ctx, s, change, request.DryRun); err != nil {
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
		if request.Live {
			if err := c.checkLive(live, request.Installation); err != nil {
				return err
			}
		}
		if p, err = planFor(request, live); err != nil {
			return err
		}
		return p.checkSize()
	})
	return p, err
}
