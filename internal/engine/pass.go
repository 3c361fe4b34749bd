package engine

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

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
		return p.batchAll(running, pages, newBatcher(p, batches, complete))
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

// batchAll prepares the transit keys of each page and hands its Secrets to the batcher.
func (p *pass) batchAll(ctx context.Context, pages <-chan []Stored, batcher *batcher) error {
	keys := &passKeys{pass: p, states: map[transit.Key]*keyState{}}
	for page := range pages {
		tasks := make([]*task, len(page))
		for i := range page {
			tasks[i] = keys.task(page[i])
		}
		if err := logIn(ctx, tasks); err != nil {
			return err
		}
		if err := keys.prepare(ctx, tasks); err != nil {
			return err
		}
		clear(page)
		for i, t := range tasks {
			tasks[i] = nil // what waits here must not keep what is done
			if err := batcher.add(ctx, t); err != nil {
				return err
			}
		}
		if err := batcher.flushFullest(ctx); err != nil {
			return err
		}
	}
	p.allPrepared.Store(ctx.Err() == nil)
	return batcher.flushAll(ctx)
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

func send[T any](ctx context.Context, to chan<- T, value T) error {
	select {
	case to <- value:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
