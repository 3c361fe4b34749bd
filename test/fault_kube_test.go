package test

import (
	"testing"
	"time"
)

// TestFaultKubeServer: what an API server does in mid-rotation. One is enough
// for all, one after the other. It has no cache, so that its lists expire when
// etcd is compacted: see compaction.
func TestFaultKubeServer(t *testing.T) {
	t.Parallel()
	server := newOwnKube(t, "--watch-cache=false")
	t.Run("compacted", func(t *testing.T) { compaction(t, server.stack) })
	t.Run("stopped", func(t *testing.T) {
		ns := newFaultNamespace(t, server.stack, sized(twoPages, 120))
		wait := ns.written(t, 50)
		rotate := ns.start(t, "rotate")
		wait()
		server.pause(t, 3*time.Second)
		rotate.endsWith(t, 0)
		ns.allLatest(t)
		ns.heals(t)
	})
	t.Run("killed", func(t *testing.T) { killed(t, server) })
}

// killed: an API server dies, and a moment later another one is behind its address. (A machine without time to spare
// may take longer to start one than the plugin waits.)
func killed(t *testing.T, server *ownKube) {
	ns := newFaultNamespace(t, theStack, sized(twoPages, 120))
	proxied, link := ns.farKube(t)
	another := link.LeadTo(server.Address)
	wait := ns.written(t, 50)
	rotate := proxied.start(t, "rotate")
	wait()
	server.Kill()
	link.Cut()
	time.Sleep(time.Second)
	link.LeadTo(another)
	link.restore(t)
	rotate.endsWith(t, 0)
	ns.allLatest(t)
	ns.heals(t)
}

// TestFaultKubeLink: what the network between the plugin and the API server does.
func TestFaultKubeLink(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(t *testing.T, l *link) // the rotation
		midway func(t *testing.T, l *link)
		flags  []string
		codes  []int
	}{
		"slow": {before: func(t *testing.T, l *link) { l.latency(t, 300, 100) }, codes: []int{0}},
		"reset": {midway: func(t *testing.T, l *link) { l.reset(t); time.AfterFunc(2*time.Second, l.Heal) },
			codes: []int{0}},
		"cut a moment": {midway: cutFor(2 * time.Second), codes: []int{0}},
		"cut for good": {midway: func(_ *testing.T, l *link) { l.Cut() }, codes: []int{5, 1}},
		"half open": {midway: func(t *testing.T, l *link) { l.swallow(t) }, flags: []string{"--request-timeout=3s"},
			codes: []int{5, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := newFaultNamespace(t, theStack, sized(twoPages, 120))
			proxied, link := direct.farKube(t)
			if test.before != nil {
				test.before(t, link)
			}
			if test.midway != nil { // else the last of them may be written before the harm is done
				link.latency(t, 200, 0)
				test.flags = append(test.flags, "--concurrency=4")
			}
			wait := direct.written(t, 50)
			rotate := proxied.start(t, append([]string{"rotate"}, test.flags...)...)
			wait()
			if test.midway != nil {
				test.midway(t, link)
			}
			rotate.endsWith(t, test.codes...)
			if test.codes[0] == 0 {
				direct.allLatest(t)
			}
			direct.heals(t)
		})
	}
}
