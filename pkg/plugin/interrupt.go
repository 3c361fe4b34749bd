package plugin

import (
	"context"
	"sync"
	"time"
)

// tellAfter is how long writes in progress may take before the command prints that it waits for them.
const tellAfter = 500 * time.Millisecond

// tellInterrupt says after an interrupt what the command still waits for. Call what it returns when it does not
// wait any more.
func (g *globals) tellInterrupt(ctx context.Context) (settled func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		select {
		case <-ctx.Done():
		case <-done:
			return
		}
		select {
		case <-time.After(tellAfter):
			g.note("interrupted: waiting for the writes in progress; interrupt again to stop at once")
		case <-done:
		}
	})
	return sync.OnceFunc(func() { close(done); running.Wait() })
}
