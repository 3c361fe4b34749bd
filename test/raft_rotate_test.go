package test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// fault is what befalls the active node.
type fault struct {
	name string
	do   func(c *raftCluster, n raftNode) error
}

func faults() []fault {
	return []fault{
		{"step-down", func(_ *raftCluster, n raftNode) error { return n.stepDown() }},
		{"kill", func(_ *raftCluster, n raftNode) error { return n.Kill() }},
		{"kill and unseal", killAndUnseal},
	}
}

// killAndUnseal lets the node serve again as soon as it is there, which is while the command still runs.
func killAndUnseal(c *raftCluster, n raftNode) error {
	before := n.PID()
	if err := n.Kill(); err != nil {
		return err
	}
	if !comes(func() bool { return n.PID() != before && n.health() == sealedHealth }) {
		return errors.New("it was not started again")
	}
	return n.unseal()
}

// meeting is a fault at a moment.
type meeting struct {
	moment
	fault
}

func (m meeting) String() string {
	return fmt.Sprintf("%s/%s %d %s", m.name, m.kind, m.nth, m.stage)
}

// meetings are all, or some of each kind, for a rotation of ten keys that retires their old versions.
func meetings() []meeting {
	stepDown, kill, killAndUnseal := faults()[0], faults()[1], faults()[2]
	if sized(1, 0) == 0 {
		return []meeting{
			{moment{"login", 1, "response"}, stepDown}, {moment{"rewrap", 5, "request"}, stepDown},
			{moment{"rotate", 5, "response"}, stepDown}, {moment{"config", 5, "request"}, stepDown},
			{moment{"login", 1, "request"}, kill}, {moment{"rewrap", 5, "response"}, killAndUnseal},
			{moment{"rotate", 5, "request"}, kill}, {moment{"config", 5, "response"}, killAndUnseal},
		}
	}
	var all []meeting
	for _, stage := range []string{"request", "response"} {
		for _, fault := range faults() {
			all = append(all, meeting{moment{"login", 1, stage}, fault})
			for _, kind := range []string{"rewrap", "rotate", "config"} {
				for _, nth := range []int{1, 5, 10} {
					all = append(all, meeting{moment{kind, nth, stage}, fault})
				}
			}
		}
	}
	return all
}

// TestRaftRotations: a rotation that meets a change of the active node waits and ends well, whenever it happens: each
// key has one version more, each Secret is current, each login was revoked, and the report is true.
func TestRaftRotations(t *testing.T) {
	c := theCluster(t)
	all := newTenants(t, c, c.Balancers.Unchecked, 10, sized(10, 3))
	for _, m := range meetings() {
		t.Run(m.String(), func(t *testing.T) {
			rotate := all.meets(t, m, "--retire", "--keep", "1", "--yes", "-o", "json")
			all.minimums(t, rotate)
		})
	}
}

// TestRaftShortTokens: the same with tokens of a second, so that the rotation must log in again where Vault changes its
// active node.
func TestRaftShortTokens(t *testing.T) {
	c := theCluster(t)
	all := newTenants(t, c, c.Balancers.Unchecked, 10, 5)
	all.grant(t, "1s")
	all.sealedNamespace = all.behindKube(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPatch {
			time.Sleep(100 * time.Millisecond) // so that it takes more than a token
		}
		next.ServeHTTP(w, r)
	})
	for _, fault := range faults()[sized(0, 2):] {
		for _, stage := range []string{"request", "response"}[sized(0, 1):] {
			t.Run(fault.name+"/"+stage, func(t *testing.T) {
				all.meets(t, meeting{moment{"login", 2, stage}, fault}, "--concurrency", "2")
			})
		}
	}
}

// TestRaftBalancers: the same behind balancers that check the nodes.
func TestRaftBalancers(t *testing.T) {
	c := theCluster(t)
	for name, test := range map[string]struct {
		balancer string
		faults   []fault
	}{
		"accepting": {c.Balancers.Accepting, faults()[sized(0, 2):]},
		"active":    {c.Balancers.Active, faults()[:sized(3, 1)]},
	} {
		all := newTenants(t, c, test.balancer, 10, 3)
		for _, fault := range test.faults {
			t.Run(name+"/"+fault.name, func(t *testing.T) {
				m := meeting{moment{"rotate", 5, "request"}, fault}
				rotate := all.meets(t, m, "--retire", "--keep", "1", "--yes", "-o", "json")
				all.minimums(t, rotate)
			})
		}
	}
}

// TestRaftRollingRestart: a rotation goes on while each node in turn is killed, started again and unsealed.
func TestRaftRollingRestart(t *testing.T) {
	c := theCluster(t)
	all := newTenants(t, c, c.Balancers.Unchecked, 10, 5)
	before := all.versions(t)
	var writes atomic.Int64
	proxied := all.behindKube(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPatch {
			if n := writes.Add(1); n%10 == 5 && n/10 < int64(len(c.Nodes)) {
				if err := c.restart(c.nodes()[n/10]); err != nil {
					t.Error(err)
				}
			}
		}
		next.ServeHTTP(w, r)
	})
	rotate := proxied.ends(t, all.rotate("--concurrency", "1", "--retire", "--keep", "1", "--yes", "-o", "json"), 0)
	c.settle(t)
	all.rotatedOnce(t, before)
	all.current(t)
	all.minimums(t, rotate)
	all.revoked(t)
}

// restart kills a node, unseals it when it is there again, and waits until it serves.
func (c *raftCluster) restart(n raftNode) error {
	if err := killAndUnseal(c, n); err != nil {
		return fmt.Errorf("%s: %w", n.Name, err)
	}
	serves := func() bool { return n.health() == http.StatusOK || n.health() == http.StatusTooManyRequests }
	if !comes(serves) {
		return fmt.Errorf("%s does not serve again", n.Name)
	}
	return nil
}

// meets rotates, with a fault at a moment.
func (a *tenants) meets(t *testing.T, m meeting, flags ...string) *process {
	t.Helper()
	a.cluster.settle(t)
	before := a.versions(t)
	ended := a.cluster.watch(t, m.moment, a.namespace, func(n raftNode) {
		if err := m.do(a.cluster, n); err != nil {
			t.Errorf("%s of %s: %v", m.name, n.Name, err)
		}
	})
	rotate := a.ends(t, a.rotate(flags...), 0)
	if !ended() {
		t.Error("the moment never came")
	}
	a.cluster.settle(t)
	a.rotatedOnce(t, before)
	a.current(t)
	a.revoked(t)
	return rotate
}
