package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// conflictRetries are the attempts at a change while other clients write first. The pauses between them grow.
type conflictRetries struct {
	tries      int
	firstPause time.Duration
}

// longestPause is the longest pause between two attempts.
const longestPause = 2 * time.Second

// writeRetries are the retries for the only Secret of a command: half a minute in all, so that many clients at once all
// succeed.
func writeRetries() conflictRetries { return conflictRetries{24, 20 * time.Millisecond} }

// retryOnConflict repeats an attempt until no other client writes in between. Each attempt reads the Secret, checks its
// claim, computes the change and writes it. A *TouchedError or a *RetiredWriteError ends the attempts.
func (c *Client) retryOnConflict(
	ctx context.Context, retries conflictRetries, attempt func(context.Context) error,
) error {
	pause := retries.firstPause
	for try := 1; ; try++ {
		err := attempt(ctx)
		var touched *TouchedError
		var retired *RetiredWriteError
		switch {
		case !errors.Is(err, kube.ErrConflict), errors.As(err, &touched), errors.As(err, &retired):
			return err
		case try == retries.tries:
			return fmt.Errorf("tried %d times: %w", try, err)
		}
		if err := c.pause(ctx, wait.Jitter(pause, 1)); err != nil {
			return err
		}
		pause = min(pause*3/2, longestPause)
	}
}

// TouchedError says that another client has changed what a command changes. It is kube.ErrConflict.
type TouchedError struct {
	Namespace, Name string
	// What was changed, in words: an entry, a label, or the whole Secret.
	What string
	// Entry that was changed; empty: it is not about an entry.
	Entry string
}

func (e *TouchedError) Error() string {
	return fmt.Sprintf("secret %s/%s %s: %v", e.Namespace, e.Name, e.What, kube.ErrConflict)
}

func (e *TouchedError) Unwrap() error { return kube.ErrConflict }

// claim is the part of a Secret that a command changes, as it was first read. If another client changes other parts,
// the command reads the Secret again and continues. It never overwrites another client's change of the claim.
type claim struct {
	entries     []string
	labels      []string
	annotations []string

	made   bool
	live   *corev1.Secret // nil: there was none
	secret sealed.Secret  // with the transit key
}

// claimOf is a claim to entries and to the metadata that is written with them.
func claimOf(entries []string, kept Metadata) *claim {
	return &claim{
		entries: slices.Sorted(slices.Values(entries)),
		labels:  slices.Sorted(maps.Keys(kept.Labels)), annotations: slices.Sorted(maps.Keys(kept.Annotations)),
	}
}

// expiry adds the annotation of a new expiry to the claim.
func (c *claim) expiry(expires sealed.Expiry) *claim {
	if expires.Given && !slices.Contains(c.annotations, sealed.ExpiresAnnotation) {
		c.annotations = append(c.annotations, sealed.ExpiresAnnotation)
	}
	return c
}

// check stores the claim of the Secret the first time (nil: there is none), and compares the Secret with it later. It
// fails with *TouchedError if another client has changed the claim.
func (c *claim) check(ctx context.Context, v vault, live *corev1.Secret, secret sealed.Secret) error {
	if !c.made {
		c.made, c.live, c.secret = true, live, secret
		return nil
	}
	switch {
	case c.live == nil && live == nil:
		return nil
	case c.live == nil:
		return c.compare(ctx, v, &corev1.Secret{}, live, secret)
	case live == nil:
		return c.touched("was deleted")
	case c.live.UID != live.UID:
		return c.touched("was deleted and created again")
	case c.secret.Key != secret.Key || c.secret.Scope != secret.Scope:
		return c.touched("transit key or scope")
	}
	return c.compare(ctx, v, c.live, live, secret)
}

// compare compares the claim in two states of a Secret.
func (c *claim) compare(ctx context.Context, v vault, before, live *corev1.Secret, secret sealed.Secret) error {
	for _, entry := range c.entries {
		was, found := before.Data[entry]
		is, there := live.Data[entry]
		if found != there || !bytes.Equal(was, is) && !c.rewrapped(ctx, v, entry, secret) {
			touched := c.touched(fmt.Sprintf("entry %q", entry))
			touched.Entry = entry
			return touched
		}
	}
	for _, label := range c.labels {
		if was, is := before.Labels[label], live.Labels[label]; was != is {
			return c.touched("label " + label)
		}
	}
	for _, annotation := range c.annotations {
		if was, is := before.Annotations[annotation], live.Annotations[annotation]; was != is {
			return c.touched("annotation " + annotation)
		}
	}
	return nil
}

func (c *claim) touched(what string) *TouchedError {
	return &TouchedError{Namespace: c.secret.Namespace, Name: c.secret.Name, What: what}
}

// rewrapped reports whether an entry has the same plaintext with a newer key version, because of a rotation. It is
// false if the role may not open the entry.
func (c *claim) rewrapped(ctx context.Context, v vault, entry string, now sealed.Secret) bool {
	was, _ := c.secret.Entry(entry)
	is, _ := now.Entry(entry)
	if !was.Sealed() || !is.Sealed() || is.Ciphertext.Version() <= was.Ciphertext.Version() {
		return false
	}
	results, err := v.Decrypt(ctx, now.Key, now.Items([]sealed.Entry{was, is}))
	return err == nil && results[0].Err == nil && results[1].Err == nil &&
		bytes.Equal(results[0].Plaintext, results[1].Plaintext)
}
