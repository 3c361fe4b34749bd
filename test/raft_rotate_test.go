package test

import (
	"fmt"
	"testing"
)

// fault is what befalls the active node.
type fault struct {
	name string
	do   func(raftNode) error
}

func faults() []fault {
	return []fault{{"step-down", raftNode.stepDown}, {"kill", raftNode.kill}}
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
				all.meets(t, moment, fault)
			})
		}
	}
}

// meets rotates, with a fault at a moment.
func (a *tenants) meets(t *testing.T, m moment, f fault) {
	t.Helper()
	a.cluster.settle(t)
	before := a.versions(t)
	ended := a.cluster.watch(t, m, a.namespace, func(n raftNode) {
		if err := f.do(n); err != nil {
			t.Errorf("%s of %s: %v", f.name, n.Name, err)
		}
	})
	rotate := a.start(t, a.rotate("--retire", "--keep", "1", "--yes", "-o", "json")...)
	rotate.endsWith(t, 0)
	if !ended() {
		t.Error("the moment never came")
	}
	a.cluster.settle(t)
	a.rotatedOnce(t, before)
	a.current(t)
	a.minimums(t, rotate)
	a.revoked(t)
}
