package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

func TestPartsOfADatasetAreTheWhole(t *testing.T) {
	d := &dataset{stage: &stage{}, size: 203}
	for _, parts := range []int{1, 2, 4} {
		shards, secrets := 0, 0
		for part := range parts {
			c := d.rewrapOf(part, parts)
			selector := c.argv[len(c.argv)-1]
			for shard := range shardCount {
				if !strings.Contains(selector, string(rune('0'+shard))) {
					continue
				}
				shards++
				for i := range d.size {
					if d.secret(i, "").Labels[shardLabel] == string(rune('0'+shard)) {
						secrets++
					}
				}
			}
		}
		if shards != shardCount || secrets != d.size {
			t.Errorf("%d parts: %d shards with %d Secrets, want %d with %d", parts, shards, secrets, shardCount, d.size)
		}
	}
	if err := d.rewrapOf(3, 4).check([]byte("rewrapped 50 of 50")); err != nil { // 3, 7 … 199
		t.Errorf("the last of 4 parts: %v", err)
	}
}

func TestAtOnce(t *testing.T) {
	var sum atomic.Int64
	err := atOnce(t.Context(), 100, func(_ context.Context, i int) error { sum.Add(int64(i)); return nil })
	if err != nil || sum.Load() != 4950 {
		t.Errorf("sum %d, %v; want 4950", sum.Load(), err)
	}
	broken := errors.New("broken")
	if err := atOnce(t.Context(), 100, func(context.Context, int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if err := atOnce(t.Context(), 0, nil); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}
