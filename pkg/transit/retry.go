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
	maxRetries    = 3 // of a Vault that has not served yet: who mistyped its address wants to know
	maxPatience   = 8 // of one that has: about half a minute, in which it may start again or fail over
	firstBackoff  = 250 * time.Millisecond
	maxBackoff    = 8 * time.Second
	maxRetryAfter = 30 * time.Second // a server that asks for more gets no retry
)

// do sends r and, where that can help and cannot harm, sends it again: on 412 (the node lags), 429, 502,
// 503 other than "sealed", 504, when a connection that stood was lost, and when Vault has served before and
// cannot be connected to now.
func (c *Client) do(ctx context.Context, r *request) (*answer, error) {
	for retry := 0; ; retry++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.op, err)
		}
		a, err := c.exchange(ctx, r)
		if err == nil && a.status < 300 {
			c.served.Store(true)
		}
		switch {
		case r.active && a.forwardingDisabled():
			r.active = false // the wait below is what is left to let a standby catch up
		case retry >= c.patience() || !c.transient(a, err) || r.once && !unsent(err):
			return a, err
		}
		wait := backoff(retry)
		if asked, ok := retryAfter(a, c.now()); ok {
			wait = max(wait, asked)
		}
		if wait > maxRetryAfter {
			return a, err
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("%s: %w", r.op, err)
		}
	}
}

// forwardingDisabled tells a Vault whose configuration does not allow clients to ask for the active node,
// which is its default: it refuses the request because of the header.
func (a *answer) forwardingDisabled() bool {
	if a == nil || a.status != http.StatusBadRequest {
		return false
	}
	messages, _ := a.messages()
	return strings.Contains(strings.Join(messages, "\n"), "forwarding via header")
}

// patience is how often a request is sent again.
func (c *Client) patience() int {
	if c.served.Load() {
		return maxPatience
	}
	return maxRetries
}

// unsent tells that there was no connection to send a request on.
func unsent(err error) bool {
	var lost *unreachableError
	return errors.As(err, &lost) && !lost.reached
}

func (c *Client) transient(a *answer, err error) bool {
	var lost *unreachableError
	switch {
	case errors.As(err, &lost):
		return lost.reached && ConnectionLost(lost.err) || !lost.reached && c.served.Load()
	case err != nil:
		return false
	}
	switch a.status {
	case http.StatusPreconditionFailed, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	case http.StatusServiceUnavailable:
		messages, _ := a.messages()
		return !errors.Is(classify(false, a.status, messages), ErrSealed)
	}
	return false
}

// ConnectionLost is true for the end of a connection, not for a time limit or a TLS alert.
func ConnectionLost(err error) bool {
	for _, lost := range append(lostErrors(), io.EOF, io.ErrUnexpectedEOF, net.ErrClosed) {
		if errors.Is(err, lost) {
			return true
		}
	}
	// net/http keeps its HTTP/2 errors to itself.
	return err != nil && (strings.HasPrefix(err.Error(), "http2: ") || strings.HasPrefix(err.Error(), "stream error: "))
}

// backoff doubles with each retry up to a limit, and is spread over half to one and a half of that.
func backoff(retry int) time.Duration {
	d := min(firstBackoff<<retry, maxBackoff)
	return d/2 + rand.N(d) //nolint:gosec // spreads load, guards nothing
}

// retryAfter reads how long the server asks to wait: seconds or a date.
func retryAfter(a *answer, now time.Time) (time.Duration, bool) {
	if a == nil {
		return 0, false
	}
	value := a.header.Get("Retry-After")
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
