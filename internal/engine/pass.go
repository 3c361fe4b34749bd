package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// rewrapWorkers is how many batches are with Vault at once. Vault is some ten times
// as fast as the API server takes writes; more would only hold more in memory.
const rewrapWorkers = 2

// pass takes Secrets through Vault: pages of a list → entries by transit key →
// full batches → rewrap → each Secret with the results of all its entries.
// The stages run at once and hold each other back, so that memory is bounded
// by what is in flight. Rotate and Verify are a pass each, with their own ends.
type pass struct {
	client    *Client
	selection Selection
	// extraKeys are keys to prepare with the first Secret in view, whether or not it
	// is sealed with them.
	extraKeys func(namespace string) []transit.Key
	// check tells why nothing is to be done about a Secret, nil to go on. What
	// it refuses readies no key and finishes with that error.
	check func(t *task) error
	// prepare readies a transit key before the first entry under it is sent.
	// It is called again when a Secret of another namespace turns up under the
	// key, and while the key is unproven with each page, and never twice at once
	// for one key. An error that is not fatal stays with the key's Secrets.
	prepare func(ctx context.Context, key *keyState, of namespaceTasks) error
	// wants tells whether an entry must go to Vault.
	wants func(t *task, entry sealed.Entry) bool
	// finish gets each Secret once, when all of its results are in, from many
	// goroutines at once. Its error ends the pass.
	finish func(ctx context.Context, t *task) error
	// progress counts what has been finished; nil counts nothing.
	progress *Progress
	// inFlight is the room for what is between the batcher and the end of finish, in bytes.
	inFlight *semaphore.Weighted
	// namespaces are those of the files' Secrets.
	namespaces map[string]*NamespaceReport
	// allPrepared is set when every Secret in view has been seen, and its key prepared.
	allPrepared atomic.Bool
}

// Progress counts the Secrets that a rotation or a verification is done with.
// It may be read at any time.
type Progress struct{ done, failed atomic.Int64 }

// Done is how many Secrets that are, without those that failed.
func (p *Progress) Done() int { return int(p.done.Load()) }

// Failed is how many Secrets failed.
func (p *Progress) Failed() int { return int(p.failed.Load()) }

func (p *Progress) add(failed bool) {
	switch {
	case p == nil:
	case failed:
		p.failed.Add(1)
	default:
		p.done.Add(1)
	}
}

// keyState is one transit key during a pass.
type keyState struct {
	vault      vault // of the first Secret seen under it; for the key's own affairs
	key        transit.Key
	namespaces map[string]bool // that prepare has seen
	asked      bool            // Vault has been asked for its metadata

	info     transit.KeyInfo // as of the last prepare
	from     int             // latest version before the pass
	target   int             // version that every entry is to have
	rotated  bool
	young    bool      // its latest version is younger than was asked for, so it was not rotated
	unproven bool      // no entry has authenticated under it, so it was not rotated
	unknown  bool      // it may have been rotated
	since    time.Time // no version that this pass made, or may have made, is older; zero: none was made
	required bool      // a failure of it is one of the pass, whatever is sealed with it
	owned    bool      // it is the configured one of a namespace in view, or a named Secret's
	err      error     // why nothing under this key can be done
	proof    keyProof  // that it is derived, where its metadata cannot be read

	denied map[string]error // by namespace, where its account may not use the key
}

// task is one Secret that a pass takes through Vault.
type task struct {
	live *corev1.Secret // namespace and name are set even with err
	err  error          // why nothing can be done about it
	file string         // that it stands in; empty: it is in the cluster
	line int            // of the file, with err; 0: not known

	secret  sealed.Secret
	managed string           // the tool that would put its old ciphertext back; empty: none
	vault   vault            // the session of its namespace
	state   *keyState        // nil where the key is not known
	target  int              // of the key, when the Secret was seen
	results []transit.Result // by index of secret.Entries, empty where nothing was wanted
	waiting atomic.Int32     // results that are not in yet
	weight  int64            // of its room in flight
	failed  bool             // set by finish
	proof   boundProof       // set by finish, of what opens
}

// unread tells whether the Secret itself could not be had.
func (t *task) unread() bool { return t.secret.Name == "" }

// dropCiphertexts lets go of the values that the entries have too.
func (t *task) dropCiphertexts() {
	for _, entry := range t.secret.Entries {
		if entry.Sealed() {
			t.live.Data[entry.Name] = nil
		}
	}
}

// run ends when every Secret has been finished, with the first error that makes
// going on useless, or with ctx. Secrets being finished at that moment still
// are, unless the other context has ended too.
func (p *pass) run(ctx, finishing context.Context) error {
	p.inFlight, p.namespaces = semaphore.NewWeighted(maxBytesInFlight), map[string]*NamespaceReport{}
	group, running := errgroup.WithContext(ctx)
	pages := make(chan []Stored)
	batches := make(chan batch)
	complete := make(chan *task, p.client.concurrency)

	group.Go(func() error {
		defer close(pages)
		return p.client.store.Each(running, p.selection, func(page []Stored) error {
			page = p.inView(page)
			alone := large(page)
			if err := send(running, pages, page); err != nil || !alone {
				return err
			}
			return send(running, pages, nil) // is taken when the page has been batched
		})
	})
	var producers sync.WaitGroup
	producers.Add(1 + rewrapWorkers)
	group.Go(func() error {
		defer producers.Done()
		defer close(batches)
		return newBatcher(p, batches, complete).run(running, pages)
	})
	for range rewrapWorkers {
		group.Go(func() error {
			defer producers.Done()
			return rewrapAll(running, batches, complete)
		})
	}
	go func() { producers.Wait(); close(complete) }()
	for range p.client.concurrency {
		group.Go(func() error { return p.finishAll(finishing, running, complete) })
	}
	return group.Wait()
}

// finishAll takes no new task once the pass is ending.
func (p *pass) finishAll(finishing, running context.Context, complete <-chan *task) error {
	for t := range complete {
		if err := running.Err(); err != nil {
			return err
		}
		err := p.finish(finishing, t)
		p.inFlight.Release(t.weight)
		if err != nil {
			return err
		}
		p.progress.add(t.failed)
	}
	return nil
}

// rewrapAll sends batches to Vault and hands on the Secrets that they complete.
func rewrapAll(ctx context.Context, batches <-chan batch, complete chan<- *task) error {
	for b := range batches {
		results, err := b.vault.Rewrap(ctx, b.state.key, b.atLeast, b.items())
		if err = ofKey(ctx, b.vault, err); fatal(err) {
			return err
		}
		for i, slot := range b.slots {
			result := transit.Result{Err: err}
			if err == nil {
				result = results[i]
			}
			slot.task.results[slot.entry] = result
			if slot.task.waiting.Add(-1) == 0 {
				if err := send(ctx, complete, slot.task); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func send[T any](ctx context.Context, to chan<- T, value T) error {
	select {
	case to <- value:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
