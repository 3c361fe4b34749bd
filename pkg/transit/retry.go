package transit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// retryTimeout is how long a request that Vault does not serve is sent again, once a node of Vault has answered
	// this client: Vault may restart or elect another active node. The timeout of a single attempt is separate.
	retryTimeout = 30 * time.Second
	// firstRetryTimeout is the same before a node of Vault has answered this client. During an election, a load
	// balancer may have no active node. Errors of a mistyped address are not retried.
	firstRetryTimeout = 15 * time.Second

	firstBackoff = 100 * time.Millisecond // at least, and 2.5 times that at most
	maxBackoff   = 2 * time.Second        // an election is over in that time

	maxSealed    = 3 // connections over which a Vault is asked of which nothing is known but that it is sealed
	maxFaltering = 4 // attempts when Vault answers 500: the reason may be the request
)

// do sends r, and retries it until the retry timeout ends, where that can help and cannot harm. If r.once is set, Vault
// carries it out at most once. For a 429, see quota.
func (c *Client) do(ctx context.Context, r *request) (*answer, error) {
	if isUrgent(ctx) {
		r.urgent = true
	}
	t := &attempts{client: c, request: r}
	defer t.endWaiting()
	for {
		free, err := t.waitForQuota(ctx)
		if err != nil {
			return nil, err
		}
		t.began = c.now()
		a, err := c.sendOnce(ctx, r)
		free()
		wait, again := t.next(ctx, a, err)
		if !again {
			if err := c.checkVault(ctx, r, a); err != nil {
				return nil, err
			}
			t.explain(a, err)
			return a, err
		}
		if wait == 0 {
			continue
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("%s: %w", r.op, err)
		}
	}
}

// attempts are those of one request.
type attempts struct {
	client  *Client
	request *request

	began  time.Time // of the attempt
	failed int       // attempts that were not served
	since  time.Time // when Vault was first found not to serve
	sealed int       // answers that say so
	queued time.Duration
	limits int // answers of a quota
	broken int // connections that ended while the request was being sent
	over   func()
}

// next decides from the outcome of an attempt whether another one follows, and after how long.
func (t *attempts) next(ctx context.Context, a *answer, err error) (wait time.Duration, again bool) {
	c, r := t.client, t.request
	if r.active && a.forwardingDisabled() {
		r.active = false // waiting is the only way left to let a standby catch up
		return t.backoff(), true
	}
	now, why := c.now(), r.failureOf(a, err)
	if !r.anyStatus {
		c.outage.note(a, why, now)
	}
	switch {
	case why == none:
		return 0, false
	case why == limited:
		return t.limited(a)
	case why == sealed && !c.outage.mayUnseal():
		t.sealed++
		return 0, t.sealed < maxSealed && !r.checkedBySender
	case !t.mayRepeat(why), why == lost && t.mayBeTooLarge(err):
		return 0, false
	}
	if t.since.IsZero() {
		t.since = now
		if why == late || why == lateConnect {
			t.since = t.began // an attempt that hangs counts against the timeout
		}
	}
	left := c.outage.deadline(ctx, t.since).Sub(now)
	if left <= 0 || a.asksToWait() > left {
		return 0, false
	}
	t.waitFor(c.outage.reasonOf(why).waitingFor(), left)
	return min(max(t.backoff(), a.asksToWait()), left), true
}

// mayRepeat reports whether sending the request again is safe and can help.
func (t *attempts) mayRepeat(why failure) bool {
	r, served := t.request, t.client.outage.served.Load()
	switch why {
	case lagging, cut:
		return true
	case unconnected, lateConnect:
		return served
	case late: // a Vault that has not served yet gets one attempt, which may take half a minute
		return served && !r.once
	case inactive, sealed:
		return !r.checkedBySender
	case faltering:
		return !r.once && t.failed < maxFaltering-1
	}
	return !r.once
}

// mayBeTooLarge reports whether a large request may fail for its size: its connections ended while it was being sent.
func (t *attempts) mayBeTooLarge(err error) bool {
	var unreachable *UnreachableError
	if t.request.divisible && errors.As(err, &unreachable) && t.request.perhapsRefused(unreachable) {
		t.broken++
	}
	return t.broken > 1
}

// backoff doubles with each attempt up to a limit, with jitter.
func (t *attempts) backoff() time.Duration {
	wait := backoff(t.failed)
	t.failed++
	return wait
}

func backoff(retry int) time.Duration {
	if retry > 10 {
		retry = 10
	}
	least := firstBackoff << retry
	return min(least+rand.N(least*3/2), maxBackoff-rand.N(maxBackoff/5)) //nolint:gosec // spreads load, guards nothing
}

// waitFor tells the client's owner that the request waits. It does so until endWaiting.
func (t *attempts) waitFor(reason string, upTo time.Duration) {
	over := t.client.waitNotices.begin(reason, upTo)
	t.endWaiting()
	t.over = over
}

func (t *attempts) endWaiting() {
	if t.over != nil {
		t.over()
	}
}

// explain adds to the last outcome for how long the request was retried, and that no node is active.
func (t *attempts) explain(a *answer, err error) {
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) && !unreachable.standby && t.client.outage.inactive.Load() {
		unreachable.Reason = NoActiveNode // the node that was asked last is down: not the address is wrong
	}
	if t.since.IsZero() || t.failed == 0 {
		return
	}
	waited := t.client.now().Sub(t.since)
	switch {
	case a != nil:
		a.waited = waited
	case unreachable != nil:
		unreachable.Waited = waited
	}
}

// forwardingDisabled reports whether Vault refuses the request because of the header that asks for the active node: by
// default, its configuration does not allow that.
func (a *answer) forwardingDisabled() bool {
	if a == nil || a.status != http.StatusBadRequest {
		return false
	}
	messages, _ := a.messages()
	return strings.Contains(strings.Join(messages, "\n"), "forwarding via header")
}

// ConnectionLost is true for the end of a connection, not for a time limit or a TLS alert.
func ConnectionLost(err error) bool {
	for _, lost := range append(lostErrors(), io.EOF, io.ErrUnexpectedEOF, net.ErrClosed) {
		if errors.Is(err, lost) {
			return true
		}
	}
	// net/http does not export its HTTP/2 errors.
	return err != nil && (strings.HasPrefix(err.Error(), "http2: ") || strings.HasPrefix(err.Error(), "stream error: "))
}

// asksToWait is how long the server asks to wait; 0: it does not.
func (a *answer) asksToWait() time.Duration {
	if a == nil {
		return 0
	}
	return a.asked
}

// retryAfter reads how long the server asks to wait: seconds or a date.
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
