package engine

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// entryUpdate is a change of entries of a sealed Secret. Other entries stay unchanged.
type entryUpdate struct {
	live   *corev1.Secret
	before sealed.Secret
	seal   map[string][]byte
	drop   []string
	// unproven reports whether the entry to replace was not opened. Then only the annotation, which everyone who may
	// edit the Secret can write, tells its scope.
	unproven bool
	age      sealed.AgeChange

	readBack bool
	dryRun   DryRun
}

// writeUpdate seals the new values of an update, and writes it in one write.
func (c *Client) writeUpdate(ctx context.Context, v vault, e entryUpdate) (*CreateResult, error) {
	result := &CreateResult{}
	c.warnManaged(result, e.live)
	s := e.sealing(result)
	change, err := c.sealUpdate(ctx, v, e, s)
	if err != nil {
		return nil, err
	}
	change.Age = e.age
	c.noteExpired(result, change)
	if result.Secret, err = c.writeSealed(ctx, s, change, e.dryRun); err != nil {
		return nil, err
	}
	noteKeptAge(result, change)
	return result, nil
}

// sealUpdate is the change of an update, with the proofs that the request asks for.
func (c *Client) sealUpdate(ctx context.Context, v vault, e entryUpdate, s sealing) (Change, error) {
	if len(e.seal) == 0 {
		s.result.TransitKey = e.before.Key
		return Change{Live: e.live, As: e.before, Drop: e.drop}, nil
	}
	if err := s.plan.checkSize(); err != nil {
		return Change{}, err
	}
	after, ciphertexts, err := c.seal(ctx, v, s)
	if err != nil {
		return Change{}, fmt.Errorf("seal secret %s/%s: %w", e.live.Namespace, e.live.Name, err)
	}
	return Change{Live: e.live, As: after, Set: ciphertexts, Drop: e.drop}, nil
}

// sealing is how the new values are sealed.
func (e entryUpdate) sealing(result *CreateResult) sealing {
	s := sealing{
		plan:    plan{live: e.live, before: e.before, seal: e.seal, drop: e.drop},
		request: CreateRequest{Namespace: e.live.Namespace, Name: e.live.Name, ReadBack: e.readBack},
		result:  result,
	}
	s.plan.keep = slices.DeleteFunc(slices.Clone(e.before.Entries), func(entry sealed.Entry) bool {
		_, sealedAnew := e.seal[entry.Name]
		return sealedAnew || slices.Contains(e.drop, entry.Name)
	})
	s.proven = s.plan.keep
	if !e.unproven {
		s.request.Scope = e.before.Scope // a Secret's only entry keeps its scope too
		s.proven = e.before.Entries      // those that are replaced or removed were opened
	}
	return s
}
