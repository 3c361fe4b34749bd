package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// skip is the reason why a Secret is left unchanged without a failure.
type skip struct {
	status SecretStatus
	reason string
}

func (s skip) Error() string { return s.reason }

func skipped(reason string) skip { return skip{Skipped, reason} }

var (
	errImmutable = skip{Immutable, "it is immutable"}
	errDeleted   = skipped("deleted meanwhile")
	errNoSeal    = skipped("not sealed")
	errUnmarked  = skipped("no longer labelled as sealed")
	errOtherKey  = skipped("sealed with another transit key meanwhile")
)

func managed(by string) skip { return skip{Managed, "managed by " + by} }

func immutable(live *corev1.Secret) bool { return live.Immutable != nil && *live.Immutable }

// finish writes one Secret and records the result. Secrets in a file are written later, all at once.
func (r *rotation) finish(ctx context.Context, t *task) error {
	if !r.wholeLists() { // everyone can put Secrets that do not open into a list
		t.origin = r.client.originOf(ctx, t)
	}
	if t.file != "" {
		r.stage(t)
		return nil
	}
	d := r.tryWrite(ctx, t)
	if errors.Is(d.err, kube.ErrConflict) {
		d = r.retryWrite(ctx, t)
	}
	err := d.err
	if interrupted(err) { // its context continues after the command's: a write was cancelled or took too long
		err = fmt.Errorf("secret %s/%s: it is not known whether it was written: %w", t.live.Namespace, t.live.Name, err)
	}
	r.report.secret(t, d, r.classify(t, err))
	if fatal(err) {
		return err
	}
	return nil
}

// tryWrite writes Vault's results if there is something to write. The decision has the error of the write.
func (r *rotation) tryWrite(ctx context.Context, t *task) decision {
	d := r.decide(t)
	if !d.write {
		return d
	}
	_, d.err = r.client.write(ctx, d.change, r.request.DryRun)
	var unknown *UnknownWriteError
	switch {
	case errors.Is(d.err, kube.ErrNotFound):
		d.err = errDeleted
	case errors.As(d.err, &unknown): // it is computed again from what is there now
		d.err = fmt.Errorf("%w: %w", kube.ErrConflict, d.err)
	}
	return d
}

// decision is what a rotation does with one Secret and Vault's results.
type decision struct {
	task   *task
	write  bool
	change Change
	err    error // why nothing is written or was written: a skip or a failure
}

func (r *rotation) decide(t *task) decision {
	if err := t.vaultError(); r.client.otherInstallation(t, r.request.Selection, err) {
		return decision{task: t, err: t.otherInstallationSkip(err)}
	}
	if t.err != nil {
		return decision{task: t, err: r.failure(t)}
	}
	change, err := r.change(t)
	marks := !r.client.store.KeepsMetadata() && !t.secret.Marked()
	return decision{task: t, change: change, write: err == nil && (len(change.Set) > 0 || marks), err: err}
}

// failure is the error of a task, with the name of the Secret.
func (r *rotation) failure(t *task) error {
	//nolint:errorlint // the key's own error, which names no Secret
	if t.state != nil && t.err == t.state.errIn(t.live.Namespace) {
		return r.client.explain(t.keyed(), fmt.Errorf("secret %s/%s: %w", t.live.Namespace, t.live.Name, t.err),
			t.origin)
	}
	return t.err
}

// change has only entries that are newer than those they replace.
func (r *rotation) change(t *task) (Change, error) {
	set := map[string]transit.Ciphertext{}
	failures := &entryFailures{}
	for i, entry := range t.secret.Entries {
		if !entry.Sealed() {
			continue
		}
		result := t.results[i]
		switch {
		case r.foreign(t, result.Err):
			return Change{}, skipped("not labelled as sealed, and not sealed with transit key " + t.state.key.String())
		case result.Err != nil:
			failures.add(r.client, t, entry.Name, result.Err)
		case r.request.dry() && entry.Ciphertext.Version() < t.target:
			set[entry.Name] = entry.Ciphertext // for the API server to judge
		case result.Ciphertext.Version() > entry.Ciphertext.Version():
			set[entry.Name] = result.Ciphertext
		}
	}
	if err := failures.err(); err != nil {
		return Change{}, err
	}
	as := t.secret
	as.Key = t.state.key
	return Change{Live: t.live, As: as, Set: set}, nil
}

// foreign reports whether a discovered Secret is not one of vaultseal: its value is not a ciphertext of the configured
// key.
func (r *rotation) foreign(t *task, err error) bool {
	return r.request.Discover && !t.secret.Labelled && (errors.Is(err, transit.ErrTampered) ||
		errors.Is(err, transit.ErrContextRequired) || errors.Is(err, transit.ErrVersionTooNew))
}

// rotateRetries are the retries for one of many Secrets: some seconds in all, so that a Secret that keeps changing does
// not delay the others.
func rotateRetries() conflictRetries { return conflictRetries{12, 10 * time.Millisecond} }

// retryWrite reads a Secret that another client has changed and computes its change again, until the write succeeds.
func (r *rotation) retryWrite(ctx context.Context, t *task) (d decision) {
	d.err = r.client.retryOnConflict(ctx, rotateRetries(), func(ctx context.Context) error {
		if err := r.rereads.Acquire(ctx, 1); err != nil {
			return err
		}
		defer r.rereads.Release(1)
		fresh, err := r.reread(ctx, t)
		if err == nil {
			d = r.tryWrite(ctx, fresh)
			err = d.err
		}
		return err
	})
	return d
}

// reread reads the Secret again and rewraps it.
func (r *rotation) reread(ctx context.Context, before *task) (*task, error) {
	live, err := r.client.store.Get(ctx, before.live.Namespace, before.live.Name)
	if errors.Is(err, kube.ErrNotFound) {
		return nil, errDeleted
	}
	if err != nil {
		return nil, err
	}
	t := r.client.newTask(Stored{Secret: live})
	if t.err != nil {
		return nil, t.err
	}
	t.vault, t.state, t.target = before.vault, before.state, before.target
	key, err := r.client.keyIn(t.secret, r.request.Selection)
	switch {
	case err != nil:
		return nil, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, err)
	case key != t.state.key:
		return nil, errOtherKey
	case !t.secret.Labelled && len(r.request.Names) == 0 && !r.request.Discover:
		return nil, errUnmarked
	}
	if err := r.check(t); err != nil {
		return nil, err
	}
	return t, r.rewrap(ctx, t)
}

// rewrap rewraps one Secret.
func (r *rotation) rewrap(ctx context.Context, t *task) error {
	t.results = make([]transit.Result, len(t.secret.Entries))
	b := batch{vault: t.vault, state: t.state, atLeast: t.target}
	for i, entry := range t.secret.Entries {
		if entry.Sealed() && r.wants(t, entry) {
			b.slots = append(b.slots, slot{task: t, entry: i})
		}
	}
	if len(b.slots) == 0 {
		return nil
	}
	if err := b.rewrap(ctx); err != nil {
		return fmt.Errorf("rewrap secret %s/%s: %w", t.secret.Namespace, t.secret.Name, err)
	}
	return nil
}
