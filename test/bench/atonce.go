package main

import (
	"context"
	"sync"
	"sync/atomic"
)

// setUpWriters is how many requests at once set the stage.
const setUpWriters = 32

// atOnce does the work for 0 to count-1, as setting the stage needs it.
func atOnce(ctx context.Context, count int, do func(ctx context.Context, i int) error) error {
	return withWriters(ctx, setUpWriters, count, do)
}

// withWriters does the work for 0 to count-1, so many at once, and ends with the first error
// after what was being done.
func withWriters(ctx context.Context, writers, count int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(writers, count) {
		running.Go(func() {
			for i := int(next.Add(1)) - 1; i < count && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}
