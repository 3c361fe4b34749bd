package transit

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The JWT is had only when the connection is being made: the login could not
// end if it waited for the JWT.
func TestTheHandshakeRunsWhileTheTokenIsBeingHad(t *testing.T) {
	v := newFakeVault(t)
	c := v.client(t)
	connecting := make(chan struct{})
	var connections atomic.Int32
	c.connector.dialer.NetDialer.ControlContext = func(context.Context, string, string, syscall.RawConn) error {
		if connections.Add(1) == 1 {
			close(connecting)
		}
		return nil
	}
	auth := testAuth()
	auth.JWT = func(ctx context.Context) (string, error) {
		select {
		case <-connecting:
			return testJWT, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	s := c.NewSession(auth)
	if _, err := s.Encrypt(t.Context(), testKey, []Item{{Plaintext: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestCloseIdleConnections: none is left, neither one that requests have used nor one begun ahead of a login that was
// then not sent.
func TestCloseIdleConnections(t *testing.T) {
	for name, failure := range map[string]error{"used": nil, "never used": errors.New("no token")} {
		t.Run(name, func(t *testing.T) {
			v := newFakeVault(t)
			opened, closed := make(chan struct{}, 9), make(chan struct{}, 9)
			v.server = httptest.NewUnstartedServer(v)
			v.server.EnableHTTP2 = failure == nil // its server closes a connection that says nothing by itself
			v.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				switch state {
				case http.StateNew:
					opened <- struct{}{}
				case http.StateClosed:
					closed <- struct{}{}
				}
			}
			v.server.StartTLS()
			defer v.server.Close()
			c := v.client(t)
			auth := testAuth()
			auth.JWT = func(context.Context) (string, error) {
				c.connector.mu.Lock()
				defer c.connector.mu.Unlock()
				for end := time.Now().Add(time.Minute); len(c.connector.ahead) == 0 && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				return testJWT, failure
			}
			s := c.NewSession(auth)
			if _, err := s.Encrypt(t.Context(), testKey, []Item{{Plaintext: []byte("x")}}); !errors.Is(err, failure) {
				t.Fatal(err)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-opened
			select {
			case <-closed:
				t.Fatal("closed by itself")
			default:
			}
			c.CloseIdleConnections()
			select {
			case <-closed:
			case <-time.After(time.Minute):
				t.Fatal("left open")
			}
			if n := len(opened); n > 0 {
				t.Errorf("%d connections more", n)
			}
			if _, err := c.NewSession(testAuth()).Encrypt(t.Context(), testKey,
				[]Item{{Plaintext: []byte("x")}}); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestAPortThatDoesNotSpeakTLS(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c, err := NewClient(Config{Address: strings.Replace(server.URL, "http:", "https:", 1)})
	if err != nil {
		t.Fatal(err)
	}
	err = c.NewSession(testAuth()).Login(t.Context())
	unreachable, ok := err.(*UnreachableError)
	if !ok || unreachable.Reason != NotTLS {
		t.Errorf("%v", err)
	}
}
