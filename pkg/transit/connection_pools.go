package transit

import (
	"context"
	"net/http"
	"sync"
)

// maxReplacedPools bounds how many replaced pools are kept to be closed with the client.
const maxReplacedPools = 8

// pools sends requests over one pool of connections at a time. A TCP balancer in front of a Vault cluster picks a node
// for each connection, and HTTP/2 uses one connection for all requests: after a node answers that it cannot serve, only
// a new pool reaches another node.
type pools struct {
	build func() *http.Transport

	mu      sync.Mutex
	current *pool
	retired []*pool
}

// pool is a transport with connections of its own. pools.mu guards inUse and replaced.
type pool struct {
	transport *http.Transport
	inUse     int
	replaced  bool
}

func newPools(build func() *http.Transport) *pools {
	return &pools{build: build, current: &pool{transport: build()}}
}

// take returns the pool for one request. The caller returns it with put once it has read the answer.
func (p *pools) take() *pool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current.inUse++
	return p.current
}

func (p *pools) put(used *pool) {
	p.mu.Lock()
	used.inUse--
	idle := used.replaced && used.inUse == 0
	p.mu.Unlock()
	if idle {
		used.transport.CloseIdleConnections()
	}
}

// replace makes later requests use a new pool. Requests in flight on the old one are not interrupted. It does nothing
// when another request has already replaced that pool.
func (p *pools) replace(old *pool) {
	p.mu.Lock()
	if old != p.current {
		p.mu.Unlock()
		return
	}
	old.replaced = true
	p.current = &pool{transport: p.build()}
	if len(p.retired) == maxReplacedPools {
		p.retired = append(p.retired[:0], p.retired[1:]...)
	}
	p.retired = append(p.retired, old)
	p.mu.Unlock()
	old.transport.CloseIdleConnections()
}

// CloseIdleConnections closes the idle connections of all pools.
func (p *pools) CloseIdleConnections() {
	p.mu.Lock()
	all := append([]*pool{p.current}, p.retired...)
	p.mu.Unlock()
	for _, one := range all {
		one.transport.CloseIdleConnections()
	}
}

type poolKey struct{}

// with makes the requests of ctx use that pool.
func (used *pool) with(ctx context.Context) context.Context {
	return context.WithValue(ctx, poolKey{}, used)
}

// RoundTrip sends r over the pool of its context.
func (p *pools) RoundTrip(r *http.Request) (*http.Response, error) {
	used, ok := r.Context().Value(poolKey{}).(*pool)
	if !ok {
		used = p.take()
		defer p.put(used)
	}
	return used.transport.RoundTrip(r)
}
