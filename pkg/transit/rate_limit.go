package transit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// maxQuotaWait bounds how long one request waits for quotas in all.
	maxQuotaWait = 2 * time.Minute
	// oneByOne is how long after a 429 requests are sent one after the other.
	oneByOne = 5 * time.Second
)

// quota applies a 429 to all requests of a client: they wait as long as Vault asks, and then go one at a time, because
// together they would exceed the quota again.
type quota struct {
	mu     sync.Mutex
	seen   time.Time // the last 429
	before time.Time // no request is sent before

	turn chan struct{}
}

func newQuota() *quota { return &quota{turn: make(chan struct{}, 1)} }

func (q *quota) refused(now time.Time, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.seen = now
	if at := now.Add(wait); at.After(q.before) {
		q.before = at
	}
}

// state is how long to wait, and whether requests go one at a time.
func (q *quota) state(now time.Time) (left time.Duration, single bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.before.Sub(now), !q.seen.IsZero() && now.Before(q.before.Add(oneByOne))
}

// waitForQuota waits until the request may be sent. The caller must call the returned function when it has the answer.
func (t *attempts) waitForQuota(ctx context.Context) (free func(), err error) {
	c, r := t.client, t.request
	free = func() {}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", r.op, err)
	}
	if r.urgent {
		return free, nil
	}
	if _, single := c.quota.state(c.now()); !single {
		return free, nil
	}
	if t.limits > 0 {
		t.waitFor(limited.waitingFor(), maxQuotaWait)
	}
	began := c.now()
	select {
	case c.quota.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", r.op, ctx.Err())
	}
	t.queued += c.now().Sub(began)
	free = func() { <-c.quota.turn }
	left, _ := c.quota.state(c.now())
	if left <= 0 {
		return free, nil
	}
	if t.queued+left > maxQuotaWait {
		free()
		return nil, r.rateLimited("", left)
	}
	t.queued += left
	t.waitFor(fmt.Sprintf("rate limit: Vault asks to wait %s", left.Round(time.Second)), left)
	if err := c.sleep(ctx, left); err != nil {
		free()
		return nil, fmt.Errorf("%s: %w", r.op, err)
	}
	return free, nil
}

// limited makes every request wait after a 429.
func (t *attempts) limited(a *answer) (wait time.Duration, again bool) {
	now := t.client.now()
	wait = max(backoff(t.limits), a.asksToWait())
	t.limits++
	t.client.quota.refused(now, wait)
	if t.queued+wait > maxQuotaWait {
		return 0, false
	}
	if t.request.urgent {
		t.queued += wait
		return wait, true
	}
	return 0, true
}
