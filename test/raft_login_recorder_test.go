package test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// loginRecorder stands between the plugin and a balancer and knows which logins the plugin got an answer to: what
// Vault's audit log shows may have been lost on the way. For each connection of the plugin's it has one to the
// balancer, made before the plugin's is, and with the one it ends the other: so the plugin meets what it would meet
// without it.
type loginRecorder struct {
	*proxy

	balancer    *url.URL
	dialer      *http.Transport
	connections sync.Map // net.Conn, without TLS, to the *http.ClientConn

	mu     sync.Mutex
	logins map[string]bool // accessors
}

// connectionKey is of the plugin's connection, without TLS, in a request's context.
type connectionKey struct{}

func newLoginRecorder(t *testing.T, balancer string) *loginRecorder {
	t.Helper()
	target, err := url.Parse(balancer)
	check(t, err)
	client, err := theStack.httpClient()
	check(t, err)
	w := &loginRecorder{balancer: target, dialer: client.Transport.(*http.Transport), logins: map[string]bool{}}
	w.dialer.ForceAttemptHTTP2 = true // as the plugin does
	w.proxy = newProxy(nil, w.forward)
	w.EnableHTTP2 = true
	w.Config.ConnContext = func(ctx context.Context, near net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, withoutTLS(near))
	}
	w.Config.ConnState = func(near net.Conn, state http.ConnState) {
		if state != http.StateClosed {
			return
		}
		if far, made := w.connections.LoadAndDelete(withoutTLS(near)); made {
			_ = far.(*http.ClientConn).Close()
		}
	}
	check(t, w.startTLS())
	t.Cleanup(w.stop)
	return w
}

// startTLS is the proxy's, with a way to the balancer before each handshake.
func (w *loginRecorder) startTLS() error {
	certificate, err := theStack.certificate(nil, []net.IP{net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	w.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) { return nil, w.open(hello.Conn) },
	}
	w.StartTLS()
	return nil
}

// open connects to the balancer for the plugin, or ends the plugin's connection as the balancer would.
func (w *loginRecorder) open(near net.Conn) error {
	far, err := w.dialer.NewClientConn(context.Background(), w.balancer.Scheme, w.balancer.Host)
	if err != nil {
		_ = near.Close()
		return err
	}
	w.connections.Store(near, far)
	far.SetStateHook(func(far *http.ClientConn) {
		if far.Err() != nil {
			_ = near.Close()
		}
	})
	return nil
}

func withoutTLS(conn net.Conn) net.Conn {
	if secure, ok := conn.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return conn
}

// forward passes a request on and its answer back, or ends both connections.
func (w *loginRecorder) forward(answer http.ResponseWriter, r *http.Request, _ http.Handler) {
	near := r.Context().Value(connectionKey{}).(net.Conn)
	far, _ := w.connections.Load(near) // it is gone where the connection is
	if far == nil {
		cut(near, r)
	}
	out := r.Clone(r.Context())
	out.RequestURI, out.Host, out.URL.Scheme, out.URL.Host = "", w.balancer.Host, w.balancer.Scheme, w.balancer.Host
	got, err := far.(*http.ClientConn).RoundTrip(out)
	if err != nil {
		cut(near, r)
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		cut(near, r)
	}
	maps.Copy(answer.Header(), got.Header)
	answer.WriteHeader(got.StatusCode)
	if _, err := io.Copy(answer, bytes.NewReader(body)); err == nil {
		w.note(r, got.StatusCode, body)
	}
}

// cut gives up a request, and the plugin's connection with it where it is not the plugin that has given up.
func cut(near net.Conn, r *http.Request) {
	if r.Context().Err() == nil {
		_ = near.Close()
	}
	panic(http.ErrAbortHandler)
}

// note remembers a login that was answered with a token.
func (w *loginRecorder) note(r *http.Request, status int, body []byte) {
	if status != http.StatusOK || !strings.HasSuffix(r.URL.Path, "/login") {
		return
	}
	var login struct {
		Auth struct {
			Accessor string `json:"accessor"`
		} `json:"auth"`
	}
	if json.Unmarshal(body, &login) == nil && login.Auth.Accessor != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.logins[login.Auth.Accessor] = true
	}
}

// answered are the accessors of the tokens that the plugin has got since the last call.
func (w *loginRecorder) answered() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	logins := w.logins
	w.logins = map[string]bool{}
	return logins
}
