package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// skip is why a Secret is left as it is without that being a failure.
type skip struct {
	status SecretStatus
	reason string
}

func (s skip) Error() string { return s.reason }

func skipped(reason string) skip { return skip{Skipped, reason} }

var (
	errImmutable = skip{Immutable, "it is immutable, so nobody can change it"}
	errDeleted   = skipped("deleted meanwhile")
	errNoSeal    = skipped("not sealed")
	errUnmarked  = skipped("no longer labelled as sealed")
	errOtherKey  = skipped("sealed with another transit key meanwhile")
)

func managed(by string) skip { return skip{Managed, "managed by " + by} }

func immutable(live *corev1.Secret) bool { return live.Immutable != nil && *live.Immutable }

// finish settles one Secret and records what became of it.
func (r *rotation) finish(ctx context.Context, w *work) error {
	entries, err := r.attempt(ctx, w)
	if errors.Is(err, kube.ErrConflict) {
		entries, err = r.again(ctx, w)
	}
	if interrupted(err) { // its context outlives the command's, so a write was given up, or took too long
		err = fmt.Errorf("secret %s/%s: it is not known whether it was written: %w", w.live.Namespace, w.live.Name, err)
	}
	r.report.secret(w, entries, r.judged(w, err))
	if fatal(err) {
		return err
	}
	return nil
}

// attempt writes what has come back from Vault, and tells how many entries of
// the Secret that changed. The error is a skip where there is no harm in it.
func (r *rotation) attempt(ctx context.Context, w *work) (int, error) {
	if err := w.vaultError(); r.client.otherInstallation(w, r.request.Selection, err) {
		return 0, w.left(err)
	}
	if w.err != nil {
		return 0, r.failure(w)
	}
	todo, err := r.change(w)
	if err != nil {
		return 0, err
	}
	if len(todo.set) == 0 && w.secret.Marked() {
		return 0, nil
	}
	_, err = r.client.write(ctx, todo, r.request.DryRun)
	if errors.Is(err, kube.ErrNotFound) {
		err = errDeleted
	}
	return len(todo.set), err
}

// failure is why nothing is to be done about the Secret, and names it.
func (r *rotation) failure(w *work) error {
	if w.state != nil && w.err == w.state.errIn(w.live.Namespace) { //nolint:errorlint // it is the key's own error, which names no Secret
		return r.client.explain(w.keyed(), fmt.Errorf("secret %s/%s: %w", w.live.Namespace, w.live.Name, w.err))
	}
	return w.err
}

// change takes an entry only where it is newer than what it replaces.
func (r *rotation) change(w *work) (change, error) {
	set := map[string]transit.Ciphertext{}
	failures := &entryFailures{}
	for i, entry := range w.secret.Entries {
		if !entry.Sealed() {
			continue
		}
		result := w.results[i]
		switch {
		case r.foreign(w, result.Err):
			return change{}, skipped("not labelled as sealed, and not sealed with transit key " + w.state.key.String())
		case result.Err != nil:
			failures.add(r.client, w, entry.Name, result.Err)
		case r.request.dry() && entry.Ciphertext.Version() < w.target:
			set[entry.Name] = entry.Ciphertext // for the API server to judge
		case result.Ciphertext.Version() > entry.Ciphertext.Version():
			set[entry.Name] = result.Ciphertext
		}
	}
	if err := failures.err(); err != nil {
		return change{}, err
	}
	as := w.secret
	as.Key = w.state.key
	return change{live: w.live, as: as, set: set}, nil
}

// foreign tells that a Secret which was only discovered is somebody else's: its
// value is no ciphertext of the configured key.
func (r *rotation) foreign(w *work, err error) bool {
	return r.request.Discover && !w.secret.Labelled && (errors.Is(err, transit.ErrTampered) ||
		errors.Is(err, transit.ErrContextRequired) || errors.Is(err, transit.ErrVersionTooNew))
}

// again reads a Secret that somebody else has changed and computes everything
// anew, until a write finds it as it was read.
func (r *rotation) again(ctx context.Context, w *work) (entries int, err error) {
	backoff := wait.Backoff{Duration: 10 * time.Millisecond, Factor: 1.5, Jitter: 0.5, Steps: 12, Cap: time.Second}
	err = wait.ExponentialBackoffWithContext(ctx, backoff, func(ctx context.Context) (bool, error) {
		if err := r.rereads.Acquire(ctx, 1); err != nil {
			return false, err
		}
		defer r.rereads.Release(1)
		fresh, err := r.reread(ctx, w)
		if err == nil {
			entries, err = r.attempt(ctx, fresh)
		}
		if errors.Is(err, kube.ErrConflict) {
			return false, nil
		}
		return true, err
	})
	if wait.Interrupted(err) && ctx.Err() == nil {
		err = fmt.Errorf("secret %s/%s: %w, each time it was tried", w.live.Namespace, w.live.Name, kube.ErrConflict)
	}
	return entries, err
}

// reread is the Secret as it is now, with results of its own.
func (r *rotation) reread(ctx context.Context, before *work) (*work, error) {
	live, err := r.client.get(ctx, before.live.Namespace, before.live.Name)
	if errors.Is(err, kube.ErrNotFound) {
		return nil, errDeleted
	}
	if err != nil {
		return nil, err
	}
	w := &work{sighting: sighting{live: live}, vault: before.vault, state: before.state, target: before.target}
	if w.secret, err = readSealed(live); err != nil {
		return nil, err
	}
	w.managed = r.client.managedBy(live)
	key, err := r.client.keyIn(w.secret, r.request.Selection)
	switch {
	case err != nil:
		return nil, fmt.Errorf("secret %s/%s: %w", live.Namespace, live.Name, err)
	case key != w.state.key:
		return nil, errOtherKey
	case !w.secret.Labelled && len(r.request.Names) == 0 && !r.request.Discover:
		return nil, errUnmarked
	}
	if err := r.check(w); err != nil {
		return nil, err
	}
	return w, r.rewrap(ctx, w)
}

// rewrap fetches the results of a single Secret.
func (r *rotation) rewrap(ctx context.Context, w *work) error {
	w.results = make([]transit.Result, len(w.secret.Entries))
	var wanted []sealed.Entry
	var places []int
	for i, entry := range w.secret.Entries {
		if entry.Sealed() && r.wants(w, entry) {
			wanted, places = append(wanted, entry), append(places, i)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	results, err := w.vault.Rewrap(ctx, w.state.key, w.target, ciphertextItems(w.secret, wanted))
	if err = ofKey(ctx, w.vault, err); err != nil {
		return fmt.Errorf("rewrap secret %s/%s: %w", w.secret.Namespace, w.secret.Name, err)
	}
	for i, result := range results {
		w.results[places[i]] = result
	}
	return nil
}
