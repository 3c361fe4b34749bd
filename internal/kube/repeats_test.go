package kube

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestWatchRepeats: only an attempt that may have been carried out counts. After others a conflict is another client's.
func TestWatchRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		first    step
		repeated bool
	}{
		"the API server was too slow":      {status(http.StatusGatewayTimeout, ""), true},
		"the answer was lost":              {failure(io.EOF), true},
		"nothing was acknowledged":         {failure(unacknowledged()), true},
		"the API server asked to wait":     {status(http.StatusTooManyRequests, "1"), false},
		"the connection was refused":       {failure(refused()), false},
		"the answer came at the first try": {status(http.StatusConflict, ""), false},
	} {
		transport := Retrying(&script{t: t, steps: []step{c.first, status(http.StatusConflict, "")}}).(*retrying)
		transport.served.Store(true)
		transport.sleep = func(context.Context, time.Duration) error { return nil }
		watched, repeated := WatchRepeats(t.Context())
		request, err := http.NewRequestWithContext(watched, http.MethodPatch, "https://kube.test/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := transport.RoundTrip(request); err != nil {
			t.Fatal(err)
		}
		if repeated() != c.repeated {
			t.Errorf("%s: repeated %v, want %v", name, repeated(), c.repeated)
		}
	}
}
