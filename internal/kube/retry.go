package kube

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	kubernetesRetries = 8 // about half a minute, enough for a restart of the API server
	slowRetries       = 3 // if the API server was too slow: each may take a minute
	maxRetryAfter     = 30 * time.Second
	maxDrain          = 64 << 10 // bytes of a refused answer that are read, so that its connection can be reused
)

// Retrying returns a transport to the API server that retries temporary failures, with a jittered back-off that is
// never shorter than the server's Retry-After. It retries 429, and 503 with Retry-After. When the API server has
// answered once, it also retries 502, 503, 504, timeouts of etcd, and connections that are refused, too slow or lost. A
// request that may have been carried out is retried only if that is harmless: a read, or a patch, which carries the
// resourceVersion that it was computed from.
//
// client-go itself retries only with Retry-After, waits exactly that long, so that all writers return at the same
// moment, and gives up on a refused connection.
func Retrying(next http.RoundTripper) http.RoundTripper {
	return &retrying{next: next, sleep: Sleep}
}

type retrying struct {
	next   http.RoundTripper
	served atomic.Bool // the API server has answered, even with a refusal
	sleep  func(context.Context, time.Duration) error
}

// WrappedRoundTripper tells what it wraps, so that UnverifiedServer can look at it.
func (t *retrying) WrappedRoundTripper() http.RoundTripper { return t.next }

// RoundTrip implements http.RoundTripper.
func (t *retrying) RoundTrip(request *http.Request) (*http.Response, error) {
	backoff := wait.Backoff{Duration: 250 * time.Millisecond, Factor: 2, Jitter: 1, Steps: kubernetesRetries,
		Cap: 5 * time.Second}
	for retries := 0; ; retries++ {
		response, err := t.whole(request)
		if err == nil && response.StatusCode < http.StatusInternalServerError &&
			response.StatusCode != http.StatusTooManyRequests {
			t.served.Store(true)
		}
		asked, again := t.again(request, response, err)
		if !again {
			return response, err
		}
		rewound, rewindErr := rewind(request)
		if retries >= mostRetries(response) || asked > maxRetryAfter || rewindErr != nil {
			if response != nil {
				response.Header.Del("Retry-After") // otherwise client-go would retry again
			}
			return response, err
		}
		noteRepeat(request.Context(), response, err)
		if response != nil {
			_, _ = io.CopyN(io.Discard, response.Body, maxDrain)
			_ = response.Body.Close()
		}
		if err := t.sleep(request.Context(), asked+backoff.Step()); err != nil {
			return nil, err
		}
		request = rewound
	}
}

// whole reads the whole body, so that a body that breaks off is an error of the request.
func (t *retrying) whole(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err != nil || !harmless(request) {
		return response, err
	}
	body, err := wholeBody(request, response)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = body
	return response, nil
}

// harmless reports whether a request may be carried out twice.
func harmless(request *http.Request) bool {
	return request.Method == http.MethodGet || request.Method == http.MethodPatch
}

// again reports whether to repeat the request, and the wait that the server asks for.
func (t *retrying) again(request *http.Request, response *http.Response, err error) (asked time.Duration, again bool) {
	harmless := harmless(request)
	if err != nil {
		if !t.served.Load() || request.Context().Err() != nil {
			return 0, false
		}
		unsent := utilnet.IsConnectionRefused(err) || timedOut(err) && !broke(err)
		return 0, unsent || harmless && (timedOut(err) || lost(err))
	}
	asked, says := retryAfter(response)
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return asked, true
	case http.StatusServiceUnavailable:
		return asked, says || t.served.Load() && harmless
	case http.StatusBadGateway, http.StatusGatewayTimeout: // 504 also from an API server that was too slow
		return asked, t.served.Load() && harmless
	case http.StatusInternalServerError:
		return asked, t.served.Load() && harmless && !says && etcdBusy(response)
	}
	return 0, false
}

// mostRetries returns how often a request is repeated after such an answer; nil: never.
func mostRetries(response *http.Response) int {
	if response != nil && (response.StatusCode == http.StatusGatewayTimeout ||
		response.StatusCode == http.StatusInternalServerError) {
		return slowRetries
	}
	return kubernetesRetries
}

// etcdBusy reports whether etcd did not answer the API server in time, or was electing a leader. The body has been
// read.
func etcdBusy(response *http.Response) bool {
	body, read := response.Body.(*bodyChunks)
	if !read || len(body.chunks) == 0 {
		return false
	}
	text := body.chunks[0].Bytes()
	return bytes.Contains(text, []byte("etcdserver: request timed out")) ||
		bytes.Contains(text, []byte("etcdserver: leader changed"))
}

// timedOut reports whether no connection was made in time, or a connection broke because nothing was acknowledged in
// time. (An answer may take as long as the request's context allows.)
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// broke reports whether a connection failed while it was in use, so that the request may have arrived.
func broke(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && (failed.Op == "read" || failed.Op == "write")
}

// lost also recognises errors of net/http that are only text.
func lost(err error) bool { return utilnet.IsProbableEOF(err) || transit.ConnectionLost(err) }

// retryAfter returns the seconds in the header: the API server sends no dates.
func retryAfter(response *http.Response) (time.Duration, bool) {
	seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31)
	return time.Duration(seconds) * time.Second, err == nil
}

// rewind returns the request with its body from the start.
func rewind(request *http.Request) (*http.Request, error) {
	if request.Body == nil || request.Body == http.NoBody {
		return request, nil
	}
	if request.GetBody == nil {
		return nil, errors.New("its body can be read only once")
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	again := request.Clone(request.Context())
	again.Body = body
	return again, nil
}

// Sleep waits for a time. If the context ends first, it returns the context's error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
