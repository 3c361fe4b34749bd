package etcdlog

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

// Clock tells which writes were done at a time: it reads etcd's revision again and again. It is safe for concurrent
// use.
type Clock struct {
	mu    sync.Mutex
	ticks []tick // in order
}

// tick is one read: the revision was etcd's at some moment between asked and answered.
type tick struct {
	asked, answered time.Time
	revision        int64
}

// betweenTicks is how exact a clock is. A read takes less than a millisecond.
const betweenTicks = 5 * time.Millisecond

// Run reads the revision until the context ends. It ignores failures, which only make the clock less exact.
func (c *Clock) Run(ctx context.Context, etcd *Etcd) {
	for ctx.Err() == nil {
		asked := time.Now()
		if revision, err := etcd.Revision(ctx); err == nil {
			c.add(tick{asked: asked, answered: time.Now(), revision: revision})
		}
		select {
		case <-time.After(betweenTicks):
		case <-ctx.Done():
		}
	}
}

func (c *Clock) add(t tick) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ticks = append(c.ticks, t)
}

// DoneBefore is a revision that etcd had reached before a time: this write and all earlier ones were done then. It is 0
// if the clock did not run yet.
func (c *Clock) DoneBefore(at time.Time) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range slices.Backward(c.ticks) {
		if t.answered.Before(at) {
			return t.revision
		}
	}
	return 0
}

// NotDoneAt is a revision that etcd had not passed at a time: all later writes were done after it. It is the greatest
// number if the clock did not run any more.
func (c *Clock) NotDoneAt(at time.Time) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	first, _ := slices.BinarySearchFunc(c.ticks, at, func(t tick, at time.Time) int {
		if t.asked.After(at) {
			return 1
		}
		return -1
	})
	if first == len(c.ticks) {
		return math.MaxInt64
	}
	return c.ticks[first].revision
}
