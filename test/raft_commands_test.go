package test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestRaftCommands: commands in a loop, while the active node changes again and again, wait and end well.
func TestRaftCommands(t *testing.T) {
	c := theCluster(t)
	balancers := map[string]string{"unchecked": c.Balancers.Unchecked}
	if sized(1, 0) == 1 {
		balancers["accepting"], balancers["active"] = c.Balancers.Accepting, c.Balancers.Active
	}
	for name, balancer := range balancers {
		t.Run(name, func(t *testing.T) {
			all := newTenants(t, c, balancer, 1, 3)
			var over atomic.Bool
			var done atomic.Int64 // commands
			var running sync.WaitGroup
			running.Go(func() {
				for !over.Load() {
					for _, one := range all.commands(int(done.Load())) {
						all.works(t, one)
						done.Add(1)
					}
				}
			})
			for i := range sized(5, 1) {
				for _, fault := range faults() {
					seen := done.Load()
					until(t, "another command has ended", func() bool { return done.Load() > seen })
					active := c.active(t)
					if err := fault.do(c, active); err != nil {
						t.Errorf("%s %d of %s: %v", fault.name, i, active.Name, err)
					}
					until(t, active.Name+" is not the active node any more",
						func() bool { return active.health() != 200 })
					c.settle(t)
				}
			}
			over.Store(true)
			running.Wait()
			t.Logf("%d commands", done.Load())
			all.revoked(t)
		})
	}
}

// invocation is a command with its stdin, and with words that its stdout has.
type invocation struct {
	args  []string
	stdin string
	words []string
}

// commands are those that people use, once each.
func (a *tenants) commands(round int) []invocation {
	name, value := fmt.Sprintf("made-%d", round), fmt.Sprintf("value-%d", round)
	return []invocation{
		{args: []string{"create", name, "--from-literal=word=" + value}, words: []string{"secret/" + name + " sealed"}},
		{args: []string{"view", name, "-o", "json"}, words: []string{value}},
		{args: []string{"set", name, "other"}, stdin: value, words: []string{"secret/" + name}},
		{args: []string{"list", "-o", "wide"}, words: []string{name, "s-1"}},
		{args: []string{"verify", "s-1", "s-2", name}},
		{args: []string{"rotate", "--rewrap-only"}},
	}
}

// works: the command succeeds.
func (a *tenants) works(t *testing.T, one invocation) {
	t.Helper()
	running := a.command(t, one.args...)
	running.Stdin = strings.NewReader(one.stdin)
	err := running.Run()
	if err != nil {
		t.Errorf("%s: %v; stderr: %s", strings.Join(one.args, " "), err, brief(running.stderr.String()))
		return
	}
	for _, word := range one.words {
		if !strings.Contains(running.stdout.String(), word) {
			t.Errorf("%s: stdout has no %q: %s", strings.Join(one.args, " "), word, brief(running.stdout.String()))
		}
	}
}

// TestRaftOneSealed: a node that stays sealed behind a balancer that does not notice does not stop commands.
func TestRaftOneSealed(t *testing.T) {
	c := theCluster(t)
	all := newTenants(t, c, c.Balancers.Unchecked, 3, 3)
	sealed := c.standby(t)
	sealed.crash(t)
	all.on = c.active(t).at()
	before := all.versions(t)
	for round := range sized(5, 2) {
		for _, one := range all.commands(round) {
			all.works(t, one)
		}
	}
	for range sized(5, 2) {
		all.ends(t, []string{"rotate", "-A", "--retire", "--keep", "1", "--yes"}, 0)
		all.rotatedOnce(t, before)
		before = all.versions(t)
	}
	if got := sealed.health(); got != sealedHealth {
		t.Errorf("health of %s: %d: it was to stay sealed", sealed.Name, got)
	}
	c.settle(t)
	all.current(t)
	all.revoked(t)
}
