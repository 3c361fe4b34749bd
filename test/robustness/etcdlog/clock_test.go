package etcdlog

import (
	"context"
	"math"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	at := func(milliseconds int) time.Time { return time.UnixMilli(int64(milliseconds)) }
	var c Clock
	if c.DoneBefore(at(5)) != 0 || c.NotDoneAt(at(5)) != math.MaxInt64 {
		t.Error("a clock that did not run knows a revision")
	}
	for _, one := range [][3]int{{10, 20, 7}, {30, 40, 7}, {50, 60, 9}} {
		c.add(tick{at(one[0]), at(one[1]), int64(one[2])})
	}
	for _, one := range []struct {
		at           int
		done, notYet int64
	}{
		{5, 0, 7}, {10, 0, 7}, {20, 0, 7}, {21, 7, 7}, {29, 7, 7}, {30, 7, 9}, {45, 7, 9}, {50, 7, math.MaxInt64},
		{60, 7, math.MaxInt64}, {61, 9, math.MaxInt64},
	} {
		if done, notYet := c.DoneBefore(at(one.at)), c.NotDoneAt(at(one.at)); done != one.done || notYet != one.notYet {
			t.Errorf("at %d: %d and %d, want %d and %d", one.at, done, notYet, one.done, one.notYet)
		}
	}
}

func TestClockRuns(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	etcd := fakeEtcd(t, 9)
	var c Clock
	before := time.Now()
	ended := make(chan struct{})
	go func() { c.Run(ctx, etcd); close(ended) }()
	for c.NotDoneAt(before) != 9 || c.DoneBefore(time.Now()) != 9 {
		time.Sleep(time.Millisecond)
	}
	stop()
	<-ended
}
