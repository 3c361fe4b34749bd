package transit

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
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

func TestAPortThatDoesNotSpeakTLS(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c, err := NewClient(Config{Address: strings.Replace(server.URL, "http:", "https:", 1)})
	if err != nil {
		t.Fatal(err)
	}
	err = c.NewSession(testAuth()).Login(t.Context())
	hinted, ok := err.(interface{ Hint() string })
	if !ok || !strings.Contains(hinted.Hint(), "does not speak TLS") {
		t.Errorf("%v", err)
	}
}
