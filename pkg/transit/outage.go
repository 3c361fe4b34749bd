package transit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// outage is what a client knows of its Vault beyond one request. Requests share the patience: when one has waited
// to no end, those that come after it, while nothing was served in between, are given up after one attempt.
type outage struct {
	served atomic.Bool // Vault has answered a request as asked
	vault  atomic.Bool // a node of Vault has answered, if only that it cannot serve
	other  atomic.Bool // a node has answered that was not sealed

	inactive atomic.Bool // a node has said that none is active, and nothing was served since

	mu    sync.Mutex
	since time.Time // of the first failure after the last success; zero: none
	last  time.Time // of the last failure
}

// note records what came of an attempt.
func (o *outage) note(a *answer, is trouble, now time.Time) {
	switch {
	case is == none && a != nil:
		o.served.Store(o.served.Load() || a.status < 300)
		o.other.Store(true)
	case is == inactive, is == lagging, is == limited:
		o.other.Store(true)
		o.vault.Store(true)
	case is == none:
		return // the caller's end, or a certificate
	}
	switch is {
	case inactive:
		o.inactive.Store(true)
	case none, limited:
		o.inactive.Store(false)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case is == none, is == limited:
		o.since = time.Time{}
		return
	case o.since.IsZero(), now.Sub(o.last) > patience:
		o.since = now
	}
	o.last = now
}

type patientKey struct{}

// Patiently gives every request of ctx the whole patience, also in an outage that others have already waited for.
func Patiently(ctx context.Context) context.Context {
	return context.WithValue(ctx, patientKey{}, true)
}

// end is until when a request is sent again that was first not served at that time.
func (o *outage) end(ctx context.Context, since time.Time) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if patient := ctx.Value(patientKey{}) != nil; !patient && !o.since.IsZero() && o.since.Before(since) {
		since = o.since
	}
	return since.Add(o.patience())
}

func (o *outage) patience() time.Duration {
	if o.served.Load() || o.vault.Load() {
		return patience
	}
	return firstPatience
}

// mayUnseal tells that a sealed node is not all there is of Vault: another one may serve soon.
func (o *outage) mayUnseal() bool { return o.served.Load() || o.other.Load() }

// reasonOf is what there is to wait for: a connection to a node that is down says less than that no node is active.
func (o *outage) reasonOf(is trouble) trouble {
	switch is {
	case lost, cut, unconnected, lateConnect:
		if o.inactive.Load() {
			return inactive
		}
	}
	return is
}
