package test

import (
	"errors"
	"fmt"
	"net/http"
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
		{"kill", func(_ *raftCluster, n raftNode) error { return n.kill() }},
		{"kill and unseal", killAndUnseal},
	}
}

// killAndUnseal lets the node serve again as soon as it is there, which is while the command still runs.
func killAndUnseal(c *raftCluster, n raftNode) error {
	before := n.pid()
	if err := n.kill(); err != nil {
		return err
	}
	if !comes(func() bool { return n.pid() != before && n.health() == sealedHealth }) {
		return errors.New("it was not started again")
	}
	return n.unseal(c.UnsealKey)
}

// moments are those of a rotation of ten keys that retires their old versions.
func moments() []moment {
	if sized(1, 0) == 0 {
		return []moment{{"login", 1, "response"}, {"rewrap", 5, "request"}, {"rotate", 5, "response"}, {"config", 5, "request"}}
	}
	var all []moment
	for _, kind := range []string{"rewrap", "rotate", "config"} {
		for _, nth := range []int{1, 5, 10} {
			all = append(all, moment{kind, nth, "request"}, moment{kind, nth, "response"})
		}
	}
	return append(all, moment{"login", 1, "request"}, moment{"login", 1, "response"})
}

// TestRaftRotations: a rotation that meets a change of the active node waits and ends well, whenever it happens: each
// key has one version more, each Secret is current, each login was revoked, and the report is true.
func TestRaftRotations(t *testing.T) {
	c := theCluster(t)
	all := newTenants(t, c, c.Balancers.Unchecked, 10, sized(10, 3))
	for _, fault := range faults() {
		for _, moment := range moments() {
			t.Run(fmt.Sprintf("%s/%s %d %s", fault.name, moment.kind, moment.nth, moment.stage), func(t *testing.T) {
				rotate := all.meets(t, moment, fault, "--retire", "--keep", "1", "--yes", "-o", "json")
				all.minimums(t, rotate)
			})
		}
	}
}

// TestRaftShortTokens: the same with tokens of a second, so that the rotation must log in again where Vault changes its
// active node.
func TestRaftShortTokens(t *testing.T) {
	c := theCluster(t)
	all := newTenants(t, c, c.Balancers.Unchecked, 10, 5)
	all.grant(t, "1s")
	all.plot = all.behindKube(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPatch {
			time.Sleep(100 * time.Millisecond) // so that it takes more than a token
		}
		next.ServeHTTP(w, r)
	})
	for _, fault := range faults() {
		for _, stage := range []string{"request", "response"}[:sized(2, 1)] {
			t.Run(fault.name+"/"+stage, func(t *testing.T) {
				all.meets(t, moment{"login", 2, stage}, fault, "--concurrency", "2")
			})
		}
	}
}

// TestRaftBalancers: the same behind balancers that check the nodes.
func TestRaftBalancers(t *testing.T) {
	c := theCluster(t)
	for name, balancer := range map[string]string{"accepting": c.Balancers.Accepting, "active": c.Balancers.Active} {
		all := newTenants(t, c, balancer, 10, 3)
		for _, fault := range faults()[:sized(3, 2)] {
			for _, kind := range []string{"rotate", "config"}[:sized(2, 1)] {
				t.Run(name+"/"+fault.name+"/"+kind, func(t *testing.T) {
					rotate := all.meets(t, moment{kind, 5, "request"}, fault, "--retire", "--keep", "1", "--yes", "-o", "json")
					all.minimums(t, rotate)
				})
			}
		}
	}
}

// meets rotates, with a fault at a moment.
func (a *tenants) meets(t *testing.T, m moment, f fault, flags ...string) *process {
	t.Helper()
	a.cluster.settle(t)
	before := a.versions(t)
	ended := a.cluster.watch(t, m, a.namespace, func(n raftNode) {
		if err := f.do(a.cluster, n); err != nil {
			t.Errorf("%s of %s: %v", f.name, n.Name, err)
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
