package transit

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

const handshakeTimeout = 10 * time.Second

// connector makes the TLS connections to Vault. It can start one before the first request, so that the handshake runs
// while the client requests the token to log in with.
type connector struct {
	dialer tls.Dialer
	proxy  Proxy

	begin sync.Once
	mu    sync.Mutex
	ahead <-chan net.Conn // gives one connection, or is closed without; nil when it was taken
}

func newConnector(config *tls.Config, proxy Proxy, timeout time.Duration) *connector {
	config = config.Clone()
	config.NextProtos = []string{"h2", "http/1.1"} // net/http does so itself only for its own dialer
	return &connector{proxy: proxy, dialer: tls.Dialer{
		NetDialer: &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second},
		Config:    config,
	}}
}

// transport makes a transport that has no connection yet.
func (c *connector) transport() *http.Transport {
	t := &http.Transport{
		DialContext:         c.dialer.NetDialer.DialContext,
		DialTLSContext:      c.connect,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 64, // one Vault, many batches at once
		IdleConnTimeout:     90 * time.Second,
	}
	if !c.proxy.IsZero() {
		return c.proxied(t)
	}
	return t
}

// connectAhead starts the first connection, once. It sends nothing and reports no error: the request that needs the
// connection does.
func (c *connector) connectAhead(ctx context.Context, address string) {
	c.begin.Do(func() {
		ahead := make(chan net.Conn, 1)
		c.mu.Lock()
		c.ahead = ahead
		c.mu.Unlock()
		go func() {
			defer close(ahead)
			if conn, err := c.dial(ctx, "tcp", address); err == nil {
				ahead <- conn
			}
		}()
	})
}

// connect is http.Transport's DialTLSContext.
func (c *connector) connect(ctx context.Context, network, address string) (net.Conn, error) {
	c.mu.Lock()
	ahead := c.ahead
	c.ahead = nil
	c.mu.Unlock()
	if ahead != nil {
		select {
		case conn, made := <-ahead:
			if made {
				return conn, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return c.dial(ctx, network, address)
}

// closeUnused closes a connection that was started ahead and that no request has used.
func (c *connector) closeUnused() {
	c.mu.Lock()
	ahead := c.ahead
	c.ahead = nil
	c.mu.Unlock()
	if ahead == nil {
		return
	}
	go func() { // it may not be open yet
		if conn, made := <-ahead; made {
			_ = conn.Close()
		}
	}()
}

func (c *connector) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	return c.dialer.DialContext(ctx, network, address)
}
