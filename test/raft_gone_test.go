package test

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
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
	for name, test := range map[string]gone{
		"all sealed": {
			moment: moment{"rotate", 5, "response"},
			do:     (*raftCluster).sealAll,
			words:  []string{"vault is sealed", "vault operator unseal"},
		},
		"no quorum": {
			moment: moment{"config", 5, "request"},
			flags:  []string{"--retire", "--keep", "1", "--yes", "-o", "json"},
			do:     (*raftCluster).leaveOne,
			words:  []string{"no active node"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			all := newTenants(t, c, c.Balancers.Unchecked, 10, 3)
			before := all.versions(t)
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
	for _, n := range c.Nodes {
		if err := n.kill(); err != nil {
			return err
		}
	}
	return nil
}

// leaveOne crashes the active node and one more, and holds them: the last one cannot become active.
func (c *raftCluster) leaveOne(active raftNode) error {
	down := []raftNode{active}
	for _, n := range c.Nodes {
		if n.Name != active.Name && len(down) < 2 {
			down = append(down, n)
		}
	}
	for _, n := range down {
		if err := n.hold(); err != nil {
			return err
		}
		if err := n.kill(); err != nil {
			return err
		}
	}
	return nil
}

// cutShort rotates, and Vault goes away at the moment. A command that begins then ends by itself too.
func (a *tenants) cutShort(t *testing.T, test gone) *process {
	t.Helper()
	ended := a.cluster.watch(t, test.moment, a.namespace, func(active raftNode) {
		if err := test.do(a.cluster, active); err != nil {
			t.Error(err)
		}
	})
	rotate := a.ends(t, a.rotate(test.flags...), 1, 5)
	if !ended() {
		t.Error("the moment never came")
	}
	view := a.ends(t, []string{"view", "s-1"}, 1)
	for _, said := range []string{rotate.stderr.String(), view.stderr.String()} {
		for _, words := range append(test.words, "hint: ") {
			if !strings.Contains(said, words) {
				t.Errorf("stderr has no %q: %s", words, brief(said))
			}
		}
	}
	return rotate
}

// finish runs the command that the rotation has named.
func (a *tenants) finish(t *testing.T, rotate *process) {
	t.Helper()
	command := regexp.MustCompile(`kubectl vaultseal (rotate --if-older-than .*)`).FindStringSubmatch(rotate.stderr.String())
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
