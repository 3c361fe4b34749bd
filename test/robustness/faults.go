package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// episode is a time in which something was broken.
type episode struct {
	name       string
	begin, end int64
}

// faults breaks one thing after the other.
type faults struct {
	*world

	now      func() int64
	random   *rand.Rand
	restarts bool // of the API server, which takes long

	mu       sync.Mutex
	episodes []episode
}

// fault is something that can be broken for a while.
type fault struct {
	name   string
	weight int
	do     func(ctx context.Context) error
}

func (f *faults) all() []fault {
	all := []fault{
		{"kube-cut", 3, f.cut(f.kubeLink)},
		{"kube-slow", 2, f.bad(f.kubeLink, func(l *servers.Link) error { return l.Latency(300, 200) })},
		{"kube-reset", 2, f.bad(f.kubeLink, (*servers.Link).Reset)},
		{"kube-silent", 1, f.bad(f.kubeLink, (*servers.Link).Swallow)},
		{"kube-paused", 1, func(ctx context.Context) error { return f.kube.Pause(f.while(300, 1500)) }},
		{"vault-cut", 3, f.cut(f.vaultLink)},
		{"vault-slow", 2, f.bad(f.vaultLink, func(l *servers.Link) error { return l.Latency(300, 200) })},
		{"vault-reset", 2, f.bad(f.vaultLink, (*servers.Link).Reset)},
		{"vault-silent", 1, f.bad(f.vaultLink, (*servers.Link).Swallow)},
		{"vault-sealed", 2, f.sealed},
		{"vault-restarted", 2, f.restarted},
		{"vault-failed-over", 3, f.failedOver},
		{"vault-node-killed", 2, f.nodeKilled},
	}
	if f.restarts {
		all = append(all, fault{"kube-restarted", 2, f.kubeRestarted})
	}
	return all
}

// run breaks things until the context ends, with a pause after each. Everything is whole when it returns.
func (f *faults) run(ctx context.Context) error {
	all := f.all()
	total := 0
	for _, one := range all {
		total += one.weight
	}
	for ctx.Err() == nil {
		chosen := f.random.IntN(total)
		for _, one := range all {
			if chosen -= one.weight; chosen >= 0 {
				continue
			}
			begin := f.now()
			if err := one.do(context.WithoutCancel(ctx)); err != nil {
				return fmt.Errorf("fault %s: %w", one.name, err)
			}
			f.mu.Lock()
			f.episodes = append(f.episodes, episode{one.name, begin, f.now()})
			f.mu.Unlock()
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(f.while(500, 2500)):
		}
	}
	return nil
}

// while is some time, in milliseconds.
func (f *faults) while(least, most int) time.Duration {
	return time.Duration(least+f.random.IntN(most-least)) * time.Millisecond
}

func (f *faults) cut(l *servers.Link) func(context.Context) error {
	return func(context.Context) error {
		l.Cut()
		time.Sleep(f.while(100, 2500))
		return l.Restore()
	}
}

func (f *faults) bad(l *servers.Link, how func(*servers.Link) error) func(context.Context) error {
	return func(context.Context) error {
		if err := how(l); err != nil {
			return err
		}
		time.Sleep(f.while(500, 3000))
		l.Heal()
		return nil
	}
}

// kubeRestarted kills the API server; another one takes its place until it is ready again.
func (f *faults) kubeRestarted(context.Context) error {
	f.kube.Kill()
	f.kubeLink.Cut()
	time.Sleep(f.while(100, 1500))
	if err := f.kubeLink.Restore(); err != nil {
		return err
	}
	return f.kube.Start()
}

// active is the node that serves; the first one if none does at the moment.
func (f *faults) active(ctx context.Context) servers.VaultNode {
	for _, n := range f.cluster.Nodes {
		if f.cluster.At(n).Health(ctx) == http.StatusOK {
			return n
		}
	}
	return f.cluster.Nodes[0]
}

// sealed seals the active node, so that another one takes over; sometimes all nodes.
func (f *faults) sealed(ctx context.Context) error {
	nodes := []servers.VaultNode{f.active(ctx)}
	if f.random.IntN(2) == 0 {
		nodes = f.cluster.Nodes
	}
	for _, n := range nodes {
		// Only the active node seals itself. A standby must be restarted: it is sealed then.
		if _, err := f.cluster.At(n).Request(ctx, http.MethodPut, "sys/seal", nil); err != nil {
			if err := n.Kill(); err != nil && !os.IsNotExist(err) {
				continue // it is being restarted
			}
		}
	}
	time.Sleep(f.while(100, 1500))
	return f.settle(ctx)
}

// restarted kills all nodes; they are unsealed again.
func (f *faults) restarted(ctx context.Context) error {
	for _, n := range f.cluster.Nodes {
		_ = n.Kill() // one that does not run is killed already
	}
	time.Sleep(f.while(100, 800))
	return f.settle(ctx)
}

func (f *faults) failedOver(ctx context.Context) error {
	_ = f.cluster.StepDown(ctx, f.active(ctx)) // another one may have become active
	time.Sleep(f.while(300, 1500))
	return f.settle(ctx)
}

func (f *faults) nodeKilled(ctx context.Context) error {
	_ = f.active(ctx).Kill()
	time.Sleep(f.while(300, 2000))
	return f.settle(ctx)
}

// during are the names of what was broken in a time.
func (f *faults) during(begin, end int64) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, e := range f.episodes {
		if e.begin <= end && begin <= e.end {
			names = append(names, e.name)
		}
	}
	return names
}
