package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	// maxBatchItems and maxBatchBytes are what one request to Vault holds.
	maxBatchItems = 500
	maxBatchBytes = 4 << 20 // of ciphertext; transit sends at most 8 MiB of JSON
	// maxPending is how many entries wait for their batch to fill, over all keys.
	maxQueued = 4 * maxBatchItems
	// prepareWorkers is how many transit keys are prepared at once.
	prepareWorkers = 8
)

// slot is the place of one entry's result.
type slot struct {
	task  *task
	entry int // index of secret.Entries
}

// batch is entries of one transit key that go to Vault in one request.
type batch struct {
	vault   vault
	state   *keyState
	atLeast int // version that the results must have reached
	slots   []slot
}

func (b batch) items() []transit.Item {
	items := make([]transit.Item, len(b.slots))
	for i, slot := range b.slots {
		items[i] = slot.task.secret.Item(slot.task.secret.Entries[slot.entry])
	}
	return items
}

// queueKey names a queue where entries wait for their batch to fill. A request has one token,
// one key, and a context on all its items or on none.
type queueKey struct {
	vault vault
	state *keyState
	bound bool
}

// batcher turns pages of Secrets into full batches. It belongs to one goroutine.
type batcher struct {
	pass     *pass
	batches  chan<- batch
	complete chan<- *task

	states      map[transit.Key]*keyState
	queues      map[queueKey][]slot
	queuedBytes map[queueKey]int
	queued      int
	seenAny     bool // a Secret has been seen
}

func newBatcher(p *pass, batches chan<- batch, complete chan<- *task) *batcher {
	return &batcher{
		pass: p, batches: batches, complete: complete,
		states: map[transit.Key]*keyState{}, queues: map[queueKey][]slot{}, queuedBytes: map[queueKey]int{},
	}
}

func (b *batcher) run(ctx context.Context, pages <-chan []Stored) error {
	for page := range pages {
		tasks := make([]*task, len(page))
		for i := range page {
			tasks[i] = b.read(page[i])
		}
		if err := b.logIn(ctx, tasks); err != nil {
			return err
		}
		if err := b.prepare(ctx, tasks); err != nil {
			return err
		}
		clear(page)
		for i, t := range tasks {
			tasks[i] = nil // what waits here must not keep what is done
			if err := b.add(ctx, t); err != nil {
				return err
			}
		}
		for b.queued > maxQueued {
			if err := b.flush(ctx, b.fullest()); err != nil {
				return err
			}
		}
	}
	b.pass.allPrepared.Store(ctx.Err() == nil)
	for q := range b.queues {
		if err := b.flush(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// read takes a Secret apart and finds its transit key.
func (b *batcher) read(stored Stored) *task {
	t := &task{
		live: stored.Secret, err: stored.Err, file: stored.File, line: stored.Line, weight: weightOf(stored.Secret),
	}
	if t.err != nil {
		return t
	}
	if t.secret, t.err = readSealed(t.live); t.err != nil {
		return t
	}
	t.managed = b.pass.client.store.ManagedBy(t.live)
	if t.file != "" && len(t.secret.Unsealed()) == len(t.secret.Entries) {
		t.err = b.pass.check(t)
		return t // it has no key
	}
	key, err := b.pass.client.keyIn(t.secret, b.pass.selection)
	if err == nil {
		t.vault, t.state = b.pass.client.vault(t.secret.Namespace), b.state(t.secret.Namespace, key)
	}
	if t.err = b.pass.check(t); t.err == nil && err != nil {
		t.err = fmt.Errorf("secret %s/%s: %w", t.secret.Namespace, t.secret.Name, err)
	}
	t.live.ManagedFields = nil // a third of a small Secret, and of no more use
	t.dropCiphertexts()
	return t
}

func (b *batcher) state(namespace string, key transit.Key) *keyState {
	state := b.states[key]
	if state == nil {
		state = &keyState{vault: b.pass.client.vault(namespace), key: key, namespaces: map[string]bool{}, denied: map[string]error{}}
		b.states[key] = state
	}
	return state
}

// prepare readies the keys of a page, side by side. What has begun is finished, also when another one meets an error
// that ends the pass: a rotation that is broken off leaves open whether it happened.
func (b *batcher) prepare(ctx context.Context, tasks []*task) error {
	keys := b.toPrepare(tasks)
	var group errgroup.Group
	group.SetLimit(prepareWorkers)
	var ended atomic.Bool
	for state, byNamespace := range keys {
		group.Go(func() error {
			for _, one := range byNamespace {
				if ctx.Err() != nil || ended.Load() {
					return ctx.Err()
				}
				if state.err == nil {
					b.prepareKey(ctx, state, *one)
				}
			}
			if fatal(state.err) {
				ended.Store(true)
				return state.err
			}
			return nil
		})
	}
	return group.Wait()
}

// toPrepare are the keys of a page that are to be prepared, with their Secrets by namespace: those of namespaces that they
// were not yet prepared for, and those under an unproven key.
func (b *batcher) toPrepare(tasks []*task) map[*keyState][]*namespaceTasks {
	keys := map[*keyState][]*namespaceTasks{}
	if first := b.first(tasks); !b.seenAny && first != nil {
		b.seenAny = true
		namespace := first.live.Namespace
		for _, key := range b.pass.extraKeys(namespace) {
			state := b.state(namespace, key)
			state.required = true
			keys[state] = []*namespaceTasks{{namespace: namespace}}
		}
	}
	for _, t := range tasks {
		if t.err == nil && t.state != nil {
			keys[t.state] = addTask(keys[t.state], t)
		}
	}
	for state, byNamespace := range keys {
		byNamespace = slices.DeleteFunc(byNamespace, func(s *namespaceTasks) bool { return state.namespaces[s.namespace] && !state.unproven })
		for _, one := range byNamespace {
			state.namespaces[one.namespace] = true
		}
		keys[state] = byNamespace
	}
	maps.DeleteFunc(keys, func(_ *keyState, byNamespace []*namespaceTasks) bool { return len(byNamespace) == 0 })
	return keys
}

// addTask adds a Secret to those of its namespace.
func addTask(byNamespace []*namespaceTasks, t *task) []*namespaceTasks {
	for _, one := range byNamespace {
		if one.namespace == t.secret.Namespace {
			one.tasks = append(one.tasks, t)
			return byNamespace
		}
	}
	return append(byNamespace, &namespaceTasks{t.secret.Namespace, []*task{t}})
}

// first is the first Secret in view. In files it must be one about which something can be done.
func (b *batcher) first(tasks []*task) *task {
	for _, t := range tasks {
		if t.file == "" || t.err == nil && t.state != nil {
			return t
		}
	}
	return nil
}

// add puts the wanted entries of a Secret into their queue. A Secret that wants
// nothing of Vault is complete.
func (b *batcher) add(ctx context.Context, t *task) error {
	var wanted []int
	if t.err == nil && t.state != nil {
		t.err = t.state.errIn(t.secret.Namespace)
	}
	if t.err == nil && t.state != nil {
		t.target = t.state.target
		for i, entry := range t.secret.Entries {
			if entry.Sealed() && b.pass.wants(t, entry) {
				wanted = append(wanted, i)
			}
		}
	}
	if err := b.makeRoom(ctx, t); err != nil {
		return err
	}
	t.results = make([]transit.Result, len(t.secret.Entries))
	if len(wanted) == 0 {
		return send(ctx, b.complete, t)
	}
	t.waiting.Store(int32(len(wanted))) //nolint:gosec // a Secret is at most 1 MiB
	q := queueKey{vault: t.vault, state: t.state, bound: t.secret.Context("") != nil}
	for _, i := range wanted {
		b.queues[q] = append(b.queues[q], slot{task: t, entry: i})
		b.queuedBytes[q] += len(t.secret.Entries[i].Ciphertext.String())
		b.queued++
		if len(b.queues[q]) == maxBatchItems || b.queuedBytes[q] >= maxBatchBytes {
			if err := b.flush(ctx, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeRoom waits until a Secret has room in flight. What waits here for its batch to fill goes first, as nothing else
// would let go of its room.
func (b *batcher) makeRoom(ctx context.Context, t *task) error {
	if b.pass.inFlight.TryAcquire(t.weight) {
		return nil
	}
	for q := range b.queues {
		if err := b.flush(ctx, q); err != nil {
			return err
		}
	}
	return b.pass.inFlight.Acquire(ctx, t.weight)
}

func (b *batcher) flush(ctx context.Context, q queueKey) error {
	slots := b.queues[q]
	delete(b.queues, q)
	delete(b.queuedBytes, q)
	b.queued -= len(slots)
	return send(ctx, b.batches, batch{vault: q.vault, state: q.state, atLeast: q.state.target, slots: slots})
}

func (b *batcher) fullest() queueKey {
	var fullest queueKey
	for q, slots := range b.queues {
		if len(slots) > len(b.queues[fullest]) {
			fullest = q
		}
	}
	return fullest
}
