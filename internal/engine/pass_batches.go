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
	maxPending = 4 * maxBatchItems
	// preparers is how many transit keys are prepared at once.
	preparers = 8
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
		entry := slot.task.secret.Entries[slot.entry]
		items[i] = transit.Item{Ciphertext: entry.Ciphertext, Context: slot.task.secret.Context(entry.Name)}
	}
	return items
}

// lane is where entries wait for their batch to fill. A request has one token,
// one key, and a context on all its items or on none.
type lane struct {
	vault vault
	state *keyState
	bound bool
}

// divider turns pages of Secrets into full batches. It belongs to one goroutine.
type divider struct {
	pass     *pass
	batches  chan<- batch
	complete chan<- *task

	states  map[transit.Key]*keyState
	waiting map[lane][]slot
	bytes   map[lane]int
	total   int
	begun   bool // a Secret has been seen
}

func newDivider(p *pass, batches chan<- batch, complete chan<- *task) *divider {
	return &divider{
		pass: p, batches: batches, complete: complete,
		states: map[transit.Key]*keyState{}, waiting: map[lane][]slot{}, bytes: map[lane]int{},
	}
}

func (d *divider) divide(ctx context.Context, pages <-chan []storedSecret) error {
	for page := range pages {
		tasks := make([]*task, len(page))
		for i := range page {
			tasks[i] = d.read(page[i])
		}
		if err := d.admit(ctx, tasks); err != nil {
			return err
		}
		if err := d.prepare(ctx, tasks); err != nil {
			return err
		}
		clear(page)
		for i, t := range tasks {
			tasks[i] = nil // what waits here must not keep what is done
			if err := d.add(ctx, t); err != nil {
				return err
			}
		}
		for d.total > maxPending {
			if err := d.flush(ctx, d.fullest()); err != nil {
				return err
			}
		}
	}
	d.pass.allPrepared.Store(ctx.Err() == nil)
	for l := range d.waiting {
		if err := d.flush(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// read takes a Secret apart and finds its transit key.
func (d *divider) read(stored storedSecret) *task {
	t := &task{storedSecret: stored, weight: weightOf(stored.live)}
	if t.err != nil {
		return t
	}
	if t.secret, t.err = readSealed(stored.live); t.err != nil {
		return t
	}
	t.managed = d.pass.client.managedBy(t.live)
	if t.file != "" && len(t.secret.Unsealed()) == len(t.secret.Entries) {
		t.err = d.pass.check(t)
		return t // it has no key
	}
	key, err := d.pass.client.keyIn(t.secret, d.pass.selection)
	if err == nil {
		t.vault, t.state = d.pass.client.vault(t.secret.Namespace), d.state(t.secret.Namespace, key)
	}
	if t.err = d.pass.check(t); t.err == nil && err != nil {
		t.err = fmt.Errorf("secret %s/%s: %w", t.secret.Namespace, t.secret.Name, err)
	}
	t.live.ManagedFields = nil // a third of a small Secret, and of no more use
	if t.file == "" {
		t.dropCiphertexts()
	}
	return t
}

func (d *divider) state(namespace string, key transit.Key) *keyState {
	state := d.states[key]
	if state == nil {
		state = &keyState{vault: d.pass.client.vault(namespace), key: key, namespaces: map[string]bool{}, denied: map[string]error{}}
		d.states[key] = state
	}
	return state
}

// prepare readies the keys of a page, side by side. What has begun is finished, also when another one meets an error
// that ends the pass: a rotation that is broken off leaves open whether it happened.
func (d *divider) prepare(ctx context.Context, tasks []*task) error {
	fresh := d.fresh(tasks)
	var group errgroup.Group
	group.SetLimit(preparers)
	var ended atomic.Bool
	for state, shares := range fresh {
		group.Go(func() error {
			for _, one := range shares {
				if ctx.Err() != nil || ended.Load() {
					return ctx.Err()
				}
				if state.err == nil {
					d.prepareKey(ctx, state, *one)
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

// fresh are the keys of a page that are to be prepared, with their Secrets by namespace: those of namespaces that they
// were not yet prepared for, and those under an unproven key.
func (d *divider) fresh(tasks []*task) map[*keyState][]*namespaceTasks {
	fresh := map[*keyState][]*namespaceTasks{}
	if first := d.first(tasks); !d.begun && first != nil {
		d.begun = true
		namespace := first.live.Namespace
		for _, key := range d.pass.also(namespace) {
			state := d.state(namespace, key)
			state.required = true
			fresh[state] = []*namespaceTasks{{namespace: namespace}}
		}
	}
	for _, t := range tasks {
		if t.err == nil && t.state != nil {
			fresh[t.state] = addTask(fresh[t.state], t)
		}
	}
	for state, shares := range fresh {
		shares = slices.DeleteFunc(shares, func(s *namespaceTasks) bool { return state.namespaces[s.namespace] && !state.unproven })
		for _, one := range shares {
			state.namespaces[one.namespace] = true
		}
		fresh[state] = shares
	}
	maps.DeleteFunc(fresh, func(_ *keyState, shares []*namespaceTasks) bool { return len(shares) == 0 })
	return fresh
}

// addTask adds a Secret to those of its namespace.
func addTask(shares []*namespaceTasks, t *task) []*namespaceTasks {
	for _, one := range shares {
		if one.namespace == t.secret.Namespace {
			one.tasks = append(one.tasks, t)
			return shares
		}
	}
	return append(shares, &namespaceTasks{t.secret.Namespace, []*task{t}})
}

// first is the first Secret in view. In files it must be one about which something can be done.
func (d *divider) first(tasks []*task) *task {
	for _, t := range tasks {
		if t.file == "" || t.err == nil && t.state != nil {
			return t
		}
	}
	return nil
}

// add puts the wanted entries of a Secret into their lane. A Secret that wants
// nothing of Vault is complete.
func (d *divider) add(ctx context.Context, t *task) error {
	var wanted []int
	if t.err == nil && t.state != nil {
		t.err = t.state.errIn(t.secret.Namespace)
	}
	if t.err == nil && t.state != nil {
		t.target = t.state.target
		for i, entry := range t.secret.Entries {
			if entry.Sealed() && d.pass.wants(t, entry) {
				wanted = append(wanted, i)
			}
		}
	}
	if err := d.makeRoom(ctx, t); err != nil {
		return err
	}
	t.results = make([]transit.Result, len(t.secret.Entries))
	if len(wanted) == 0 {
		return send(ctx, d.complete, t)
	}
	t.waiting.Store(int32(len(wanted))) //nolint:gosec // a Secret is at most 1 MiB
	l := lane{vault: t.vault, state: t.state, bound: t.secret.Context("") != nil}
	for _, i := range wanted {
		d.waiting[l] = append(d.waiting[l], slot{task: t, entry: i})
		d.bytes[l] += len(t.secret.Entries[i].Ciphertext.String())
		d.total++
		if len(d.waiting[l]) == maxBatchItems || d.bytes[l] >= maxBatchBytes {
			if err := d.flush(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// makeRoom waits until a Secret has room in flight. What waits here for its batch to fill goes first, as nothing else
// would let go of its room.
func (d *divider) makeRoom(ctx context.Context, t *task) error {
	if d.pass.flight.TryAcquire(t.weight) {
		return nil
	}
	for l := range d.waiting {
		if err := d.flush(ctx, l); err != nil {
			return err
		}
	}
	return d.pass.flight.Acquire(ctx, t.weight)
}

func (d *divider) flush(ctx context.Context, l lane) error {
	slots := d.waiting[l]
	delete(d.waiting, l)
	delete(d.bytes, l)
	d.total -= len(slots)
	return send(ctx, d.batches, batch{vault: l.vault, state: l.state, atLeast: l.state.target, slots: slots})
}

func (d *divider) fullest() lane {
	var fullest lane
	for l, slots := range d.waiting {
		if len(slots) > len(d.waiting[fullest]) {
			fullest = l
		}
	}
	return fullest
}
