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

// pass sends the entries of Secrets to Vault: pages of a list → entries by transit key → full batches → rewrap →
// each Secret with the results of all its entries. The stages run concurrently and wait for each other, so that
// memory is bounded by what is in flight. Rotate and Verify are passes that differ in the functions below.
type pass struct {
	client    *Client
	selection Selection
	// extraKeys returns keys to prepare with the first Secret in view, even if it is sealed with others.
	extraKeys func(namespace string) []transit.Key
	// check returns why a Secret is left alone, or nil. A Secret that it refuses prepares no key and finishes with that
	// error.
	check func(t *task) error
	// prepare prepares a transit key before the first of its entries is sent. It is called again for Secrets of another
	// namespace under the key, and for each page while the key is unproven; never concurrently for one key. An error
	// that is not fatal is one of the key's Secrets.
	prepare func(ctx context.Context, key *keyState, of namespaceTasks) error
	// wants reports whether an entry must go to Vault.
	wants func(t *task, entry sealed.Entry) bool
	// finish receives each Secret once, with all of its results, in many goroutines. Its error ends the pass.
	finish func(ctx context.Context, t *task) error
	// progress counts finished Secrets; nil: it does not count.
	progress *Progress
	// inFlight limits the bytes of Secrets between the batcher and the end of finish.
	inFlight *semaphore.Weighted
	// namespaces are the namespaces of Secrets in files.
	namespaces map[string]*NamespaceReport
	// allPrepared is set when the key of every Secret in view is prepared.
	allPrepared atomic.Bool
}

// run ends when every Secret is finished, with the first error that makes continuing useless, or with ctx. Then finish
// still completes the Secrets that it has, unless the other context ends too.
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
			return send(running, pages, nil) // received after the page has been batched
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

// batchAll prepares the transit keys of each page and passes its Secrets to the batcher.
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
			tasks[i] = nil // waiting tasks must not keep finished ones in memory
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

// finishAll finishes tasks until the pass ends.
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
