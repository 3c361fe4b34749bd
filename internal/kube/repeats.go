package kube

import (
	"context"
	"net/http"
	"sync/atomic"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

type repeatsKey struct{}

// WatchRepeats returns a context for one request. repeated reports, after the request, whether it was sent again
// although the API server may have carried out an earlier attempt, whose answer was lost. The server refuses a repeated
// write as a conflict with itself.
func WatchRepeats(ctx context.Context) (watched context.Context, repeated func() bool) {
	flag := &atomic.Bool{}
	return context.WithValue(ctx, repeatsKey{}, flag), flag.Load
}

// noteRepeat tells WatchRepeats that a request is sent again.
func noteRepeat(ctx context.Context, response *http.Response, err error) {
	flag, watched := ctx.Value(repeatsKey{}).(*atomic.Bool)
	if watched && mayBeDone(response, err) {
		flag.Store(true)
	}
}

// mayBeDone reports whether the API server may have carried out a request with this answer.
func mayBeDone(response *http.Response, err error) bool {
	if err != nil {
		return !utilnet.IsConnectionRefused(err)
	}
	return response.StatusCode >= http.StatusInternalServerError
}
