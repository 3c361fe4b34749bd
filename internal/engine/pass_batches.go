package engine

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	// maxBatchBytes is the maximum size of a batch's ciphertexts: half a request, so that a batch fills while Vault has
	// another one.
	maxBatchBytes = transit.MaxBatchBytes / 2
	// maxQueued is the maximum number of entries that wait for their batch to fill, over all keys.
	maxQueued = 4 * transit.MaxBatchItems
	// rewrapWorkers is the number of batches that are sent to Vault at once. Vault is about ten times as fast as writes
	// to the API server. More workers would only use more memory.
	rewrapWorkers = 2
)

// slot is an entry of a task, and the place of its result.
type slot struct {
	task  *task
	entry int // index of secret.Entries
}

// batch are entries of one transit key for one request to Vault.
type batch struct {
	vault   vault
	state   *keyState
	atLeast int // least version of the results
	slots   []slot
}

// rewrap sends the batch to Vault and stores the results in the tasks. Its error ends the pass. Any other error is the
// result of each entry.
func (b batch) rewrap(ctx context.Context) error {
	items := make([]transit.Item, len(b.slots))
	for i, slot := range b.slots {
		items[i] = slot.task.secret.Item(slot.task.secret.Entries[slot.entry])
	}
	results, err := b.vault.Rewrap(ctx, b.state.key, b.atLeast, items)
	if err = ofKey(ctx, b.vault, err); fatal(err) {
		return err
	}
	for i, slot := range b.slots {
		if err != nil {
			slot.task.results[slot.entry] = transit.Result{Err: err}
		} else {
			slot.task.results[slot.entry] = results[i]
		}
	}
	return nil
}

// queueKey is common to the entries of one request: the token, the transit key, and whether they are bound.
type queueKey struct {
	vault vault
	state *keyState
	bound bool
}

// queue are entries that wait for their batch to fill.
type queue struct {
	slots []slot
	bytes int // of their ciphertexts
}

// batcher collects Secrets into full batches. It is for one goroutine.
type batcher struct {
	pass     *pass
	batches  chan<- batch
	complete chan<- *task
	queues   map[queueKey]*queue
	queued   int // entries in all queues
}

func newBatcher(p *pass, batches chan<- batch, complete chan<- *task) *batcher {
	return &batcher{pass: p, batches: batches, complete: complete, queues: map[queueKey]*queue{}}
}

// add adds the wanted entries of a Secret to their queue. A Secret without wanted entries is complete.
func (b *batcher) add(ctx context.Context, t *task) error {
	wanted := b.wanted(t)
	if err := b.makeRoom(ctx, t); err != nil {
		return err
	}
	t.results = make([]transit.Result, len(t.secret.Entries))
	if len(wanted) == 0 {
		return send(ctx, b.complete, t)
	}
	t.waiting.Store(int32(len(wanted))) //nolint:gosec // a Secret is at most 1 MiB
	for _, i := range wanted {
		entry := t.secret.Entries[i]
		key := queueKey{vault: t.vault, state: t.state, bound: t.secret.Item(entry).Bound()}
		q := b.queues[key]
		if q == nil {
			q = &queue{}
			b.queues[key] = q
		}
		q.slots = append(q.slots, slot{task: t, entry: i})
		q.bytes += len(entry.Ciphertext.String())
		b.queued++
		if len(q.slots) == transit.MaxBatchItems || q.bytes >= maxBatchBytes {
			if err := b.flush(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted are the indexes of the entries to send to Vault.
func (b *batcher) wanted(t *task) []int {
	if t.err != nil || t.state == nil {
		return nil
	}
	if t.err = t.state.errIn(t.secret.Namespace); t.err != nil {
		return nil
	}
	t.target = t.state.target
	var wanted []int
	for i, entry := range t.secret.Entries {
		if entry.Sealed() && b.pass.wants(t, entry) {
			wanted = append(wanted, i)
		}
	}
	return wanted
}

// flushFullest sends the fullest queues until at most maxQueued entries wait.
func (b *batcher) flushFullest(ctx context.Context) error {
	for b.queued > maxQueued {
		if err := b.flush(ctx, b.fullest()); err != nil {
			return err
		}
	}
	return nil
}

// flushAll sends all queues.
func (b *batcher) flushAll(ctx context.Context) error {
	for key := range b.queues {
		if err := b.flush(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom waits until a Secret has room in flight. It first sends all queues, because entries in a queue keep their
// room.
func (b *batcher) makeRoom(ctx context.Context, t *task) error {
	if b.pass.inFlight.TryAcquire(t.weight) {
		return nil
	}
	if err := b.flushAll(ctx); err != nil {
		return err
	}
	return b.pass.inFlight.Acquire(ctx, t.weight)
}

func (b *batcher) flush(ctx context.Context, key queueKey) error {
	slots := b.queues[key].slots
	delete(b.queues, key)
	b.queued -= len(slots)
	return send(ctx, b.batches, batch{vault: key.vault, state: key.state, atLeast: key.state.target, slots: slots})
}

func (b *batcher) fullest() queueKey {
	var fullest queueKey
	most := 0
	for key, q := range b.queues {
		if len(q.slots) > most {
			fullest, most = key, len(q.slots)
		}
	}
	return fullest
}

// rewrapAll sends batches to Vault and passes on the Secrets that they complete.
func rewrapAll(ctx context.Context, batches <-chan batch, complete chan<- *task) error {
	for b := range batches {
		if err := b.rewrap(ctx); err != nil {
			return err
		}
		for _, slot := range b.slots {
			if slot.task.waiting.Add(-1) == 0 {
				if err := send(ctx, complete, slot.task); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
