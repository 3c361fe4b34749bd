package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// balancer spreads connections over the nodes of a cluster, one after the other. It passes
// TLS through.
type balancer struct {
	listener net.Listener
	choose   chooser
	pipes    sync.WaitGroup
	ctx      context.Context //nolint:containedctx // the balancer's life: stop ends its connections
	cancel   context.CancelFunc
}

// chooser connects to a node for a client.
type chooser func(ctx context.Context) (net.Conn, error)

// newBalancer serves on a free port until stop.
func newBalancer(choose chooser) (*balancer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &balancer{listener: listener, choose: choose, ctx: ctx, cancel: cancel}
	b.pipes.Go(b.serve)
	return b, nil
}

func (b *balancer) url() string { return "https://" + b.listener.Addr().String() }

func (b *balancer) serve() {
	for {
		client, err := b.listener.Accept()
		if err != nil {
			return // stop has closed it
		}
		b.pipes.Go(func() { b.attend(client) })
	}
}

// attend connects a client to a node. A client whose node does not take the connection loses its own.
func (b *balancer) attend(client net.Conn) {
	defer client.Close()
	node, err := b.choose(b.ctx)
	if err != nil {
		return
	}
	defer node.Close()
	defer context.AfterFunc(b.ctx, func() { _ = client.Close(); _ = node.Close() })()
	var back sync.WaitGroup
	back.Go(func() { pipe(client, node) })
	pipe(node, client)
	back.Wait()
}

// pipe copies until one side ends and passes that end on. After an error neither side is of use.
func pipe(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
	_ = from.Close()
}

// stop closes all connections and waits for their ends.
func (b *balancer) stop() error {
	err := b.listener.Close()
	b.cancel()
	b.pipes.Wait()
	return err
}

// turns gives the nodes' addresses in turn.
type turns struct {
	addresses []string // HOST:PORT
	given     atomic.Uint64
}

func (t *turns) next() string {
	return t.addresses[(t.given.Add(1)-1)%uint64(len(t.addresses))]
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// unchecked chooses every node in turn, also one that is dead or sealed.
func unchecked(addresses []string) chooser {
	t := &turns{addresses: addresses}
	return func(ctx context.Context) (net.Conn, error) { return dial(ctx, t.next()) }
}

// accepting chooses the next node that takes the connection, also one that is sealed.
func accepting(addresses []string) chooser {
	t := &turns{addresses: addresses}
	return func(ctx context.Context) (net.Conn, error) {
		var errs []error
		for range t.addresses {
			node, err := dial(ctx, t.next())
			if err == nil {
				return node, nil
			}
			errs = append(errs, err)
		}
		return nil, errors.Join(errs...)
	}
}

// errNoActive says that no node is known to be active.
var errNoActive = errors.New("no node is active")

// checkInterval is how often a node is asked whether it is active.
const checkInterval = 500 * time.Millisecond

// activeOnly chooses the node that said at the last check that it is active. Like real
// balancers it may be that much behind.
func activeOnly(ctx context.Context, addresses []string,
	isActive func(ctx context.Context, address string) bool) chooser {
	var active atomic.Pointer[string]
	go func() {
		for ctx.Err() == nil {
			active.Store(nil)
			for _, address := range addresses {
				if isActive(ctx, address) {
					active.Store(&address)
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(checkInterval):
			}
		}
	}()
	return func(ctx context.Context) (net.Conn, error) {
		address := active.Load()
		if address == nil {
			return nil, errNoActive
		}
		return dial(ctx, *address)
	}
}

// healthOf asks sys/health, which answers 200 on the active node alone.
func healthOf(client *http.Client) func(ctx context.Context, address string) bool {
	return func(ctx context.Context, address string) bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/v1/sys/health", nil)
		if err != nil {
			return false
		}
		response, err := client.Do(request)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
}
