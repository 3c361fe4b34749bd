package test

import (
	"strings"
	"testing"
)

// TestRaftGone: where Vault does not come back, a rotation ends by itself, says why and what to do, and nothing is
// lost. Running again, when Vault serves, finishes it: each key has one version more.
func TestRaftGone(t *testing.T) {
	c := theCluster(t)
	for name, test := range map[string]struct {
		do   func(t *testing.T, active raftNode)
		says []string
	}{
		"all sealed": {
			do: func(t *testing.T, _ raftNode) {
				for _, n := range c.Nodes {
					if err := n.kill(); err != nil {
						t.Error(err)
					}
				}
			},
			says: []string{"sealed", "hint: "},
		},
		"no quorum": {
			do: func(t *testing.T, active raftNode) {
				down := 0
				for _, n := range append([]raftNode{active}, c.Nodes...) {
					if down < 2 && (down == 0 || n.Name != active.Name) {
						n.hold(t)
						if err := n.kill(); err != nil {
							t.Error(err)
						}
						down++
					}
				}
			},
			says: []string{"hint: "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			all := newTenants(t, c, c.Balancers.Unchecked, 10, 3)
			c.settle(t)
			ended := c.watch(t, moment{"rotate", 5, "response"}, all.namespace, func(active raftNode) { test.do(t, active) })
			rotate := all.ends(t, all.rotate(), 1, 5)
			if !ended() {
				t.Error("the moment never came")
			}
			for _, words := range test.says {
				if !strings.Contains(rotate.stderr.String(), words) {
					t.Errorf("stderr has no %q", words)
				}
			}
			t.Logf("stderr: %s", brief(rotate.stderr.String()))
			view := all.ends(t, []string{"view", "s-1"}, 1)
			t.Logf("stderr of view: %s", brief(view.stderr.String()))
			c.settle(t)
			all.opens(t)
			all.ends(t, all.rotate("--rewrap-only"), 0)
			all.current(t)
		})
	}
}
