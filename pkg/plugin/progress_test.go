package plugin

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &progress{counted: &vaultseal.Progress{}, verb: "done", out: &out, began: time.Now(), waiting: &waiting{}}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { p.lines(ctx, lineInterval) })
		time.Sleep(25 * time.Second)
		cancel()
		running.Wait()
		if out.String() != "0 Secrets done in 10s, 0 a second\n0 Secrets done in 20s, 0 a second\n" {
			t.Errorf("%q", out.String())
		}
	})
}

func TestProgressBarLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &progress{counted: &vaultseal.Progress{}, verb: "done", out: &out, began: time.Now(), waiting: &waiting{}}
		p.total.Store(10)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { p.bar(ctx) })
		time.Sleep(time.Second)
		cancel()
		running.Wait()
		if last := out.String()[strings.LastIndex(out.String(), "\r")+1:]; regexp.MustCompile(`\S`).MatchString(last) {
			t.Errorf("what stays on the line: %q of %q", last, out.String())
		}
	})
}

func TestInterruptIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, waits := range []time.Duration{tellAfter / 2, 2 * tellAfter} {
			var told string
			ran := printed(t, func(g *globals) error {
				ctx, cancel := context.WithCancel(t.Context())
				settled := g.tellInterrupt(ctx)
				cancel()
				time.Sleep(waits)
				settled()
				return nil
			})
			if told = ran.err; strings.Contains(told, "interrupt again to give them up") != (waits > tellAfter) {
				t.Errorf("after %s: %q", waits, told)
			}
		}
	})
}
