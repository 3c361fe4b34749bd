package plugin

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := &progress{counted: &engine.Progress{}, verb: "done", out: &out, began: time.Now(), waiting: &waiting{}}
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
		p := &progress{counted: &engine.Progress{}, verb: "done", out: &out, began: time.Now(), waiting: &waiting{}}
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
			if told = ran.err; strings.Contains(told, "interrupt again to stop at once") != (waits > tellAfter) {
				t.Errorf("after %s: %q", waits, told)
			}
		}
	})
}

func TestProgressSaysWhatItWaitsForAndWhatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := &waiting{note: func(string, ...any) { t.Error("a note in the progress") }}
		w.inProgress(true)
		p := &progress{counted: &engine.Progress{}, verb: "done", out: &out, began: time.Now(), waiting: w}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { p.bar(ctx) })
		w.told("no active node", 30*time.Second)
		time.Sleep(2 * time.Second)
		line := p.String()
		w.told("", 0)
		time.Sleep(time.Second)
		cancel()
		running.Wait()
		if !strings.HasSuffix(line, " a second; waiting for Vault: no active node") ||
			p.description() != "Secrets done" {
			t.Errorf("%q, then %q", line, p.description())
		}
		if !strings.Contains(out.String(), "waiting for Vault: no active node") {
			t.Errorf("the bar: %q", out.String())
		}
		if last := out.String()[strings.LastIndex(out.String(), "\r")+1:]; regexp.MustCompile(`\S`).MatchString(last) {
			t.Errorf("what stays on the line: %q", last)
		}
	})
}

// TestWaitingIsNoted: once for each reason, and only when it lasts.
func TestWaitingIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var notes []string
		w := &waiting{note: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }}
		for range 2 {
			for _, reason := range []string{"no active node", "cannot connect"} {
				w.told(reason, 30*time.Second)
				time.Sleep(2 * time.Second)
				w.told("", 0)
			}
			w.told("rate limit", time.Second)
			time.Sleep(noteAfter / 2)
			w.told("", 0)
		}
		time.Sleep(time.Minute)
		if want := []string{"waiting for Vault: no active node (up to 30s)",
			"waiting for Vault: cannot connect (up to 30s)"}; !slices.Equal(notes, want) {
			t.Errorf("%q", notes)
		}
	})
}
