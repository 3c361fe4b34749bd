package transit

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// balancer is a TCP balancer that does not look at its backends: connections go to them in turn. An empty one is
// down: the connection is accepted and closed.
type balancer struct {
	net.Listener
	backends []string

	mu       sync.Mutex
	accepted int
	open     map[net.Conn]struct{}
}

func newBalancer(t *testing.T, backends ...string) *balancer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{Listener: listener, backends: backends, open: map[net.Conn]struct{}{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			backend := b.backends[b.accepted%len(b.backends)]
			b.accepted++
			b.open[conn] = struct{}{}
			b.mu.Unlock()
			running.Go(func() { b.carry(conn, backend) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		b.cut()
		running.Wait()
	})
	return b
}

func (b *balancer) carry(conn net.Conn, backend string) {
	defer func() {
		_ = conn.Close()
		b.mu.Lock()
		delete(b.open, conn)
		b.mu.Unlock()
	}()
	if backend == "" {
		return
	}
	to, err := net.Dial("tcp", backend)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() { _, _ = io.Copy(conn, to); _ = conn.Close() })
	_, _ = io.Copy(to, conn)
	_ = to.Close()
	back.Wait()
}

// cut closes all connections.
func (b *balancer) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for conn := range b.open {
		_ = conn.Close()
	}
}

// connections is how many there were.
func (b *balancer) connections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accepted
}

func (b *balancer) openConnections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open)
}

func (v *fakeVault) hostPort() string { return v.server.Listener.Addr().String() }

// clientAt is a client of the fake behind another address.
func (v *fakeVault) clientAt(t *testing.T, b *balancer) *Client {
	t.Helper()
	c, err := NewClient(Config{Address: "https://" + b.Addr().String(), CACertPEM: v.caPEM()})
	if err != nil {
		t.Fatal(err)
	}
	passing(c)
	return c
}

// TestAnotherConnectionReachesAnotherNode: a node that does not serve is left, and one that serves is kept, also by
// an HTTP/2 connection that would be used for all requests.
func TestAnotherConnectionReachesAnotherNode(t *testing.T) {
	answers := failures()
	answers["sealed"] = status(503, "Vault is sealed")
	for _, gateway := range []string{"412", "502", "504"} {
		delete(answers, gateway) // nothing that speaks for another node
	}
	for name, answer := range answers {
		v, other := newFakeVault(t), newFakeVault(t)
		other.before = func(w http.ResponseWriter, r *http.Request) bool { answer(w, r); return true }
		b := newBalancer(t, other.hostPort(), v.hostPort())
		s := v.clientAt(t, b).NewSession(testAuth())
		for range 5 {
			if err := encryptOne(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if len(other.requests) != 1 || v.connections() != 1 || b.connections() != 2 {
			t.Errorf("%s: %d requests to the node that does not serve, %d connections", name, len(other.requests),
				b.connections())
		}
	}
}

// TestABackendThatIsDown: what a balancer does with its connection is no mistyped address.
func TestABackendThatIsDown(t *testing.T) {
	v := newFakeVault(t)
	b := newBalancer(t, "", "", "", v.hostPort())
	if err := encryptOne(t.Context(), v.clientAt(t, b).NewSession(testAuth())); err != nil {
		t.Error(err)
	}
	c := v.clientAt(t, newBalancer(t, ""))
	slept := passing(c)
	if err := encryptOne(t.Context(), c.NewSession(testAuth())); !errors.Is(err, ErrUnreachable) ||
		slept() < firstRetryTimeout-time.Second {
		t.Errorf("all down: waited %s, %v", slept(), err)
	}
}

// TestNoActiveNodeIsSaid: where one node says that none is active, the reason is not the address, whichever node is
// asked last.
func TestNoActiveNodeIsSaid(t *testing.T) {
	for _, answer := range []func(http.ResponseWriter, *http.Request){standby,
		status(500, "local node not active but active cluster node not found")} {
		for _, backends := range [][]string{{"left"}, {"left", ""}, {"", "left"}, {"left", "", ""}} {
			left := newFakeVault(t)
			left.before = func(w http.ResponseWriter, r *http.Request) bool { answer(w, r); return true }
			for i := range backends {
				backends[i] = strings.Replace(backends[i], "left", left.hostPort(), 1)
			}
			s := left.clientAt(t, newBalancer(t, backends...)).NewSession(testAuth())
			for range 2 { // the second one is given up after one attempt
				err := encryptOne(t.Context(), s)
				var unreachable *UnreachableError
				if !errors.As(err, &unreachable) || unreachable.Reason != NoActiveNode && !unreachable.standby {
					t.Errorf("%q: %v, %+v", backends, err, unreachable)
				}
			}
		}
	}
}

// TestRotationThroughAConnectionThatIsCut: with a second look at its node and at another, there is one version more.
func TestRotationThroughAConnectionThatIsCut(t *testing.T) {
	for _, done := range []bool{true, false} {
		v := newFakeVault(t)
		b := newBalancer(t, v.hostPort())
		s := v.clientAt(t, b).NewSession(testAuth())
		hook := func(_ http.ResponseWriter, r *http.Request) bool {
			if !isRotate(r) || v.count("POST transit/keys/app/rotate") > 1 {
				return false
			}
			b.cut()
			<-r.Context().Done()
			return true
		}
		if done {
			v.after = hook
		} else {
			v.before = hook
		}
		info, err := rotateKey(t.Context(), s)
		if err != nil || info.LatestVersion != 4 || v.latest != 4 {
			t.Errorf("done %v: version %d, %v", done, v.latest, err)
		}
	}
}

// TestALeftConnectionIsClosed: when the last request on it has ended, not before; none is left after
// CloseIdleConnections.
func TestALeftConnectionIsClosed(t *testing.T) {
	v := newFakeVault(t)
	held, release := make(chan struct{}), make(chan struct{})
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "/encrypt/app"):
			close(held)
			<-release
		case isRotate(r) && v.count("POST transit/keys/app/rotate") == 1:
			standby(w, r)
			return true
		}
		return false
	}
	b := newBalancer(t, v.hostPort())
	c := v.clientAt(t, b)
	s := c.NewSession(testAuth())
	encrypted := make(chan error)
	go func() { encrypted <- encryptOne(t.Context(), s) }()
	<-held
	if _, err := rotateKey(t.Context(), s); err != nil {
		t.Error(err)
	}
	if n := b.openConnections(); n != 2 {
		t.Errorf("%d connections, want the old one and the new one", n)
	}
	close(release)
	if err := <-encrypted; err != nil {
		t.Errorf("the request on the old connection: %v", err)
	}
	c.CloseIdleConnections()
	for end := time.Now().Add(time.Minute); b.openConnections() > 0 && time.Now().Before(end); {
		c.CloseIdleConnections() // HTTP/2 ends a request a moment after its answer was read
	}
	if n := b.openConnections(); n > 0 {
		t.Errorf("%d connections left open", n)
	}
}
