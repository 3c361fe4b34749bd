package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
)

// commandEnd is how long a command may take. What is stuck is killed, and counts as stuck.
const commandEnd = 2 * time.Minute

// command is one run of the plugin.
type command struct {
	args  []string
	stdin string
	env   []string
}

// said is how a command has ended.
type said struct {
	code           int // -1: it was killed
	stdout, stderr string
	killed, stuck  bool
}

// durations are the usual times of commands by kind, to kill them in the middle.
type durations struct {
	mu    sync.Mutex
	usual map[history.Kind]time.Duration
}

func (d *durations) of(kind history.Kind) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if usual := d.usual[kind]; usual > 0 {
		return usual
	}
	return time.Second
}

// learn takes the mean of the last ones.
func (d *durations) learn(kind history.Kind, took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if usual := d.usual[kind]; usual > 0 {
		took = (7*usual + took) / 8
	}
	d.usual[kind] = took
}

// execute runs the plugin. With a time to kill it after, it may not come to its end.
func (w *world) execute(c command, killAfter time.Duration) (said, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandEnd)
	defer cancel()
	process := exec.CommandContext(ctx, w.plugin, c.args...)
	var stdout, stderr bytes.Buffer
	process.Stdin, process.Stdout, process.Stderr = strings.NewReader(c.stdin), &stdout, &stderr
	process.Env = c.env
	process.WaitDelay = time.Second // an editor that outlives it
	if err := process.Start(); err != nil {
		return said{}, err
	}
	if killAfter > 0 {
		timer := time.AfterFunc(killAfter, func() { _ = process.Process.Kill() })
		defer timer.Stop()
	}
	err := process.Wait()
	result := said{code: process.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String(),
		stuck: ctx.Err() != nil}
	result.killed = result.code < 0 && !result.stuck
	var exit *exec.ExitError
	if errors.As(err, &exit) || errors.Is(err, exec.ErrWaitDelay) || ctx.Err() != nil {
		err = nil
	}
	return result, err
}

// killChance is the share of commands that are killed, unless they end before.
const killChance = 0.15

// killTime is when to kill a command; 0: never.
func (d *durations) killTime(kind history.Kind, random *rand.Rand) time.Duration {
	if random.Float64() >= killChance {
		return 0
	}
	return 1 + time.Duration(random.Int64N(int64(d.of(kind))))
}

// refusals are the errors that say that nothing was done, and why.
func refusals() []struct {
	pattern *regexp.Regexp
	reason  history.Reason
} {
	type refusal = struct {
		pattern *regexp.Regexp
		reason  history.Reason
	}
	return []refusal{
		{regexp.MustCompile(`(?m)^error: .*secret \S+ entry "[^"]*": it is the Secret's last entry`), history.OnlyOne},
		{regexp.MustCompile(`(?m)^error: .*: entry "[^"]*": not found`), history.NoEntry},
		{regexp.MustCompile(`(?m)^error: .*secret \S+: (secrets "[^"]*" )?not found$`), history.Absent},
		{regexp.MustCompile(`(?m)^error: secret \S+ is already sealed`), history.Exists},
		{regexp.MustCompile(`(?m)^error: create secret \S+: secrets "[^"]*" already exists$`), history.Exists},
		{regexp.MustCompile(`(?m)^error: .*: changed by someone else since it was read$`), history.Conflict},
		{regexp.MustCompile(`(?m)^error: write secret \S+: Operation cannot be fulfilled on `), history.Conflict},
	}
}

// reasonOf is why a command was refused; empty: its error does not say that nothing was done.
func reasonOf(stderr string) history.Reason {
	if strings.Contains(stderr, " was written and does not open: ") { // and then could not be written again
		return ""
	}
	for _, one := range refusals() {
		if one.pattern.MatchString(stderr) {
			return one.reason
		}
	}
	return ""
}

// never matches what no command says here: no client writes an entry that does not open in its place.
func never() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^panic: |^fatal error: |does not authenticate|stored other bytes than were sent`)
}

// firstError is the line that begins with "error:", in part.
func firstError(stderr string) string {
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "error:") {
			return line[:min(len(line), 300)]
		}
	}
	return stderr[:min(len(stderr), 300)]
}
