package test

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// gone is how Vault goes away for good, and what the user is told.
type gone struct {
	moment moment
	flags  []string
	do     func(c *raftCluster, active raftNode) error
	words  []string
}

// TestRaftGone: where Vault does not come back, a rotation ends by itself and says why and what to do, and nothing is
// lost. When Vault serves again, the command in the hint finishes it: each key has one version more.
func TestRaftGone(t *testing.T) {
	c := theCluster(t)
	tests := map[string]gone{
		"all sealed": {
			moment: moment{"rotate", 5, "response"},
			do:     (*raftCluster).sealAll,
			words:  []string{"vault is sealed", "vault operator unseal"},
		},
		"no quorum": {
			moment: moment{"config", 5, "request"},
			flags:  []string{"--retire", "--keep", "1", "--yes", "-o", "json"},
			do:     (*raftCluster).leaveOne,
			words:  []string{"waiting for Vault: no active node", "vault operator raft list-peers"},
		},
	}
	if sized(1, 0) == 0 { // where the oldest versions were on their way, it waits three times as long
		tests["no quorum"] = gone{moment: tests["all sealed"].moment, do: tests["no quorum"].do,
			words: tests["no quorum"].words}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			all := newTenants(t, c, c.Balancers.Unchecked, 10, 3)
			before := all.versions(t)
			all.aged(t)
			rotate := all.cutShort(t, test)
			c.settle(t)
			all.opens(t)
			if test.flags != nil {
				all.minimums(t, rotate)
			}
			all.finish(t, rotate)
			all.rotatedOnce(t, before)
			all.current(t)
		})
	}
}

// sealAll crashes all nodes: they are sealed when they are there again.
func (c *raftCluster) sealAll(raftNode) error {
	for _, n := range c.nodes() {
		if err := n.Kill(); err != nil {
			return err
		}
	}
	return nil
}

// leaveOne crashes the active node and one more, and holds them: the last one cannot become active.
func (c *raftCluster) leaveOne(active raftNode) error {
	down := []raftNode{active}
	for _, n := range c.nodes() {
		if n.Name != active.Name && len(down) < 2 {
			down = append(down, n)
		}
	}
	for _, n := range down {
		if err := n.Hold(); err != nil {
			return err
		}
		if err := n.Kill(); err != nil {
			return err
		}
	}
	return nil
}

// cutShort rotates, and Vault goes away at the moment. A command that begins then ends by itself too.
func (a *tenants) cutShort(t *testing.T, test gone) *process {
	t.Helper()
	view := a.command(t, "view", "s-1")
	ended := a.cluster.watch(t, test.moment, a.namespace, func(active raftNode) {
		if err := errors.Join(test.do(a.cluster, active), view.Start()); err != nil {
			t.Error(err)
		}
	})
	rotate := a.ends(t, a.rotate(test.flags...), 1, 5)
	if !ended() {
		t.Fatal("the moment never came")
	}
	view.endsWith(t, 1)
	for _, said := range []string{rotate.stderr.String(), view.stderr.String()} {
		for _, words := range append(test.words, "hint: ") {
			if !strings.Contains(said, words) {
				t.Errorf("stderr has no %q: %s", words, brief(said))
			}
		}
	}
	return rotate
}

// aged waits until the keys were not made in the second in which a rotation begins: Vault keeps no more of the time.
func (a *tenants) aged(t *testing.T) {
	t.Helper()
	made := time.Now()
	until(t, "the next second", func() bool { return time.Since(made) > time.Second })
}

// finish runs the command that the rotation has named.
func (a *tenants) finish(t *testing.T, rotate *process) {
	t.Helper()
	command := regexp.MustCompile(`kubectl vaultseal (rotate --if-older-than .*)`).
		FindStringSubmatch(rotate.stderr.String())
	if command == nil {
		t.Fatalf("stderr names no command to finish with: %s", brief(rotate.stderr.String()))
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandEnd)
	defer cancel()
	finish := exec.CommandContext(ctx, "sh", "-c", a.plugin+" "+command[1])
	finish.Env = a.env
	if said, err := finish.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", command[1], err, brief(string(said)))
	}
}
