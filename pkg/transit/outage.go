package transit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// outage is what a client knows about Vault beyond one request. Requests share the retry timeout: once
// one has waited in vain, later requests are tried once only, until Vault serves one.
type outage struct {
	served atomic.Bool // Vault has answered a request as asked
	vault  atomic.Bool // a node of Vault has answered, if only that it cannot serve
	other  atomic.Bool // a node has answered that was not sealed

	inactive atomic.Bool // a node has said that none is active, and nothing was served since

	mu    sync.Mutex
	since time.Time // of the first failure after the last success; zero: none
	last  time.Time // of the last failure
}

// note records the outcome of an attempt.
func (o *outage) note(a *answer, why failure, now time.Time) {
	switch {
	case why == none && a != nil:
		o.served.Store(o.served.Load() || a.status < 300)
		o.other.Store(true)
	case why == inactive, why == lagging, why == limited:
		o.other.Store(true)
		o.vault.Store(true)
	case why == none:
		return // the caller's end, or a certificate
	}
	switch why {
	case inactive:
		o.inactive.Store(true)
	case none, limited:
		o.inactive.Store(false)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case why == none, why == limited:
		o.since = time.Time{}
		return
	case o.since.IsZero(), now.Sub(o.last) > retryTimeout:
		o.since = now
	}
	o.last = now
}

type fullRetryTimeoutKey struct{}

// WithFullRetryTimeout gives every request of ctx the full retry timeout, even in an outage that earlier requests have
// already waited for. The requests are also sent while a quota pauses others: a 429 may be about another path.
func WithFullRetryTimeout(ctx context.Context) context.Context {
	return context.WithValue(ctx, fullRetryTimeoutKey{}, true)
}

// isUrgent reports whether ctx is of WithFullRetryTimeout.
func isUrgent(ctx context.Context) bool { return ctx.Value(fullRetryTimeoutKey{}) != nil }

// deadline is when to stop retrying a request that was first not served at that time.
func (o *outage) deadline(ctx context.Context, since time.Time) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !isUrgent(ctx) && !o.since.IsZero() && o.since.Before(since) {
		since = o.since
	}
	return since.Add(o.timeout())
}

func (o *outage) timeout() time.Duration {
	if o.served.Load() || o.vault.Load() {
		return retryTimeout
	}
	return firstRetryTimeout
}

// mayUnseal reports whether the client knows a node that was not sealed, so another node may serve soon.
func (o *outage) mayUnseal() bool { return o.served.Load() || o.other.Load() }

// reasonOf is what to tell the user that a request waits for. "No active node" says more than a lost connection to one
// node.
func (o *outage) reasonOf(why failure) failure {
	switch why {
	case lost, cut, unconnected, lateConnect:
		if o.inactive.Load() {
			return inactive
		}
	}
	return why
}
