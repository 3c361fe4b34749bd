package plugin

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
)

const (
	barInterval  = 100 * time.Millisecond
	lineInterval = 10 * time.Second // where there is no terminal
)

// progress shows on stderr how far a command has come: a bar on a terminal, else a line now and then.
type progress struct {
	counted *engine.Progress
	verb    string // "rewrapped"
	waiting *waiting
	out     io.Writer
	began   time.Time
	total   atomic.Int64 // 0: not known, or not yet

	stopping context.CancelFunc
	running  sync.WaitGroup
}

// showProgress begins to show progress. On a terminal what is to be done is counted beside the work, for the time left.
func (c *connection) showProgress(ctx context.Context, verb string, selection engine.Selection) *progress {
	p := &progress{counted: &engine.Progress{}, verb: verb, out: c.globals.process.ErrOut, began: time.Now(),
		waiting: &c.globals.waiting}
	p.waiting.inProgress(true)
	ctx, p.stopping = context.WithCancel(ctx)
	if !isTerminal(c.globals.process.rawErr()) {
		p.running.Go(func() { p.lines(ctx, lineInterval) })
		return p
	}
	p.out = c.globals.process.rawErr()
	p.running.Go(func() { p.bar(ctx) })
	p.running.Go(func() {
		if total, err := c.count(ctx, selection); err == nil {
			p.total.Store(int64(total))
		}
	})
	return p
}

// stop ends the showing; nothing of the bar stays. It may be called more than once.
func (p *progress) stop() {
	p.stopping()
	p.running.Wait()
	p.waiting.inProgress(false)
}

func (p *progress) lines(ctx context.Context, interval time.Duration) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			fmt.Fprintln(p.out, p)
		case <-ctx.Done():
			return
		}
	}
}

// String says how far it is.
func (p *progress) String() string {
	elapsed := time.Since(p.began)
	line := fmt.Sprintf("%s %s%s in %s, %.0f a second", count(p.counted.Done(), "Secret"), p.verb, p.failures(),
		elapsed.Round(time.Second), float64(p.handled())/elapsed.Seconds())
	if waits := p.waiting.now(); waits != "" {
		line += "; " + waits
	}
	return line
}

func (p *progress) bar(ctx context.Context) {
	described := "Secrets " + p.verb
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(p.out),
		progressbar.OptionSetDescription(described),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetRenderBlankState(false),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("Secrets"),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetSpinnerChangeInterval(0), // it is drawn here: a goroutine would never end
	)
	defer func() { _ = bar.Clear() }()
	ticks := time.NewTicker(barInterval)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			done := int64(p.handled())
			if total := p.total.Load(); total > 0 && bar.GetMax64() < max(total, done) {
				bar.ChangeMax64(max(total, done)) // more may have come since it was counted
			}
			if description := p.description(); description != described {
				described = description
				bar.Describe(description)
				_ = bar.RenderBlank() // also where nothing is done yet
			}
			if done > 0 {
				_ = bar.Set64(done)
			}
		case <-ctx.Done():
			return
		}
	}
}

// description stands before the bar.
func (p *progress) description() string {
	if waits := p.waiting.now(); waits != "" {
		return waits
	}
	return "Secrets " + p.verb + p.failures()
}

// failures says how many failed, if any: ", 3 failed".
func (p *progress) failures() string {
	if failed := p.counted.Failed(); failed > 0 {
		return fmt.Sprintf(", %d failed", failed)
	}
	return ""
}

// handled is how many Secrets need no more work, whatever became of them.
func (p *progress) handled() int { return p.counted.Done() + p.counted.Failed() }

// count asks the API server how many Secrets a selection has, without their values.
func (c *connection) count(ctx context.Context, selection engine.Selection) (int, error) {
	if view := c.View(selection); view.Named || selection.Discover {
		return view.Secrets, nil // what is discovered is known only when it has been looked at
	}
	total := 0
	for _, namespace := range selection.Lists() {
		err := c.eachMetadata(ctx, "secrets", namespace, selection.LabelSelector(),
			func(page []metav1.PartialObjectMetadata) { total += len(page) })
		if err != nil {
			return 0, err
		}
	}
	return total, nil
}
