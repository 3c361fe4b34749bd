package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/etcdlog"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// round is one world, the clients in it, and what becomes of it.
type round struct {
	*world

	options   options
	seed      uint64
	record    *recorder
	durations *durations
	faults    *faults
	rawPause  time.Duration
	etcd      *etcdlog.Etcd
	clock     *etcdlog.Clock
	rises     int // of the oldest versions of keys

	mu       sync.Mutex
	absent   map[string]bool // Secrets, as was seen last
	problems []string        // what is wrong besides the history
}

func newRound(w *world, o options, d *durations, seed uint64) (*round, error) {
	r := &round{world: w, options: o, seed: seed, record: newRecorder(), durations: d, absent: map[string]bool{},
		rawPause: o.rawPause, clock: &etcdlog.Clock{}}
	for _, name := range w.secrets {
		r.absent[name] = true
	}
	r.faults = &faults{world: w, now: r.record.now, random: r.randomFor(0), restarts: o.restarts}
	var err error
	r.etcd, err = etcdlog.OfStack(w.stack.dir)
	return r, err
}

func (r *round) randomFor(who uint64) *rand.Rand { return rand.New(rand.NewPCG(r.seed, who)) }

// found notes a problem that no model must find.
func (r *round) found(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

func (r *round) gone(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.absent[name]
}

// remember keeps what an operation says about whether a Secret exists.
func (r *round) remember(op *history.Operation) {
	if len(op.Secrets) != 1 || op.Kind.Rotates() {
		return
	}
	absent := op.Reason == history.Absent || op.Kind == history.RawDelete && op.Outcome == history.OK
	r.mu.Lock()
	defer r.mu.Unlock()
	r.absent[op.Secrets[0]] = absent
}

// run works, finishes and returns the history.
func (r *round) run(ctx context.Context) (*history.History, error) {
	ticking, stop := context.WithCancel(context.WithoutCancel(ctx))
	var clock sync.WaitGroup
	clock.Go(func() { r.clock.Run(ticking, r.etcd) })
	defer clock.Wait()
	defer stop()
	if err := r.work(ctx); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	return r.history(ctx)
}

// work lets clients and faults work for a time. Then all is whole again.
func (r *round) work(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.round)
	defer cancel()
	all, ctx := errgroup.WithContext(ctx)
	for id := range r.options.clients {
		c := &client{round: r, id: id, random: r.randomFor(uint64(id) + 1)}
		all.Go(func() error { return c.work(ctx) })
	}
	for id := range r.options.raw {
		c := &rawClient{round: r, id: r.options.clients + id, random: r.randomFor(uint64(id) + 1000)}
		all.Go(func() error { return c.work(ctx) })
	}
	if r.options.faults {
		all.Go(func() error { return r.faults.run(ctx) })
	}
	return all.Wait()
}

// finish rewraps what is left, without faults, and looks at every Secret.
func (r *round) finish(ctx context.Context) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	if err := r.checkRetirements(ctx); err != nil {
		return fmt.Errorf("check what was retired: %w", err)
	}
	for _, namespace := range r.namespaces {
		// A version that was retired while a write with it was on its way opens again.
		_, err := r.write(ctx, "transit/keys/"+keyOf(namespace)+"/config",
			map[string]any{"min_decryption_version": 1, "min_encryption_version": 0})
		if err != nil {
			return err
		}
	}
	last := &client{round: r, id: r.options.clients + r.options.raw, random: r.randomFor(2000)}
	if err := last.healed(); err != nil {
		return err
	}
	reader := &rawClient{round: r, id: last.id, random: last.random}
	for _, name := range r.secrets {
		if err := reader.operate(ctx, history.RawGet, name); err != nil {
			return err
		}
	}
	return nil
}

// healed rewraps everything, which must end well.
func (c *client) healed() error {
	op := c.record.begin(c.id, history.Rewrap, c.secrets...)
	op.Args = []string{"rotate", "-A", "-o", "json", "--rewrap-only", "--field-manager=" + managerOf(op.ID)}
	op.Call = c.record.now()
	env := c.environment(c.kubeconfig, c.cluster.Balancers.Active, false)
	result, err := c.execute(command{args: op.Args, env: env}, 0)
	op.Return = c.record.now()
	if err != nil {
		return err
	}
	c.judge(op, result)
	if op.Outcome != history.OK || len(op.Rotation.Left) > 0 {
		c.found("the last rewrap, without faults, leaves something: exit code %d: %s: %+v", result.code, op.Said,
			op.Rotation)
	}
	c.record.end(op, nil)
	return nil
}

// history reads what etcd has, and opens everything.
func (r *round) history(ctx context.Context) (*history.History, error) {
	h := &history.History{Began: r.record.began.UTC(), Seed: r.seed, Read: r.record.now()}
	log, err := r.etcd.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	writes := slices.DeleteFunc(log.Writes, func(w etcdlog.Write) bool {
		return !slices.Contains(r.secrets, w.Namespace+"/"+w.Name)
	})
	opener := newOpener(r.world)
	for _, w := range writes {
		opener.add(w.Secret)
	}
	for _, seen := range r.record.seen {
		opener.add(seen)
	}
	if err := opener.open(ctx); err != nil {
		return nil, err
	}
	for _, w := range writes {
		h.Writes = append(h.Writes, history.Write{Revision: w.Revision, Secret: w.Namespace + "/" + w.Name,
			State: opener.state(w.Secret)})
	}
	h.Operations = r.operations(opener)
	attribute(h, writes, r.record.seen)
	return h, nil
}

// operations are all of them, with what they have stored and read.
func (r *round) operations(opener *opener) []history.Operation {
	lost, _ := r.kubeFront.taken()
	all := r.record.operations
	slices.SortFunc(all, func(a, b history.Operation) int { return a.ID - b.ID })
	for i := range all {
		op := &all[i]
		op.Faults = append(op.Faults, r.faults.during(op.Call, op.Return)...)
		if lost[op.ID] {
			op.Faults = append(op.Faults, lostOne)
		}
		if seen := r.record.seen[op.ID]; seen != nil {
			op.Result = opener.state(seen)
		}
		for name, text := range op.Seen {
			op.Seen[name] = canonical(name, text)
		}
	}
	return all
}

// summary is a line about the round.
func (r *round) summary(h *history.History) string {
	killed := 0
	for _, op := range h.Operations {
		if op.Killed {
			killed++
		}
	}
	return fmt.Sprintf("%s: %d operations, %d killed, %d writes, %d faults, %d retirements",
		strings.TrimPrefix(r.name, "r-"), len(h.Operations), killed, len(h.Writes), len(r.faults.episodes), r.rises)
}
