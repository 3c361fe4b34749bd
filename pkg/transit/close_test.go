package transit

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCloseRevokesWhatWasLoggedInWith(t *testing.T) {
	v := newFakeVault(t)
	v.ttl = 10
	clock := newFakeClock()
	s := v.session(t, WithClock(clock.now))
	for range 3 { // the second and third come before the one before has lapsed
		if err := encryptOne(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		clock.advance(8500 * time.Millisecond)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(v.revoked) != 1 { // 17 s and 8.5 s after the first two
		t.Errorf("revoked %v", v.revoked)
	}
	if err := s.Close(t.Context()); err != nil || v.count("POST auth/token/revoke-self") != 1 {
		t.Errorf("second close: %v, revoked %v", err, v.revoked)
	}
	n := len(v.requests)
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrClosed) || len(v.requests) != n {
		t.Errorf("after close: %v", err)
	}
}

func TestCloseWithNothingToRevoke(t *testing.T) {
	v := newFakeVault(t)
	if err := v.session(t).Close(t.Context()); err != nil || len(v.requests) != 0 {
		t.Errorf("never used: %v, %v", err, v.requests)
	}
	v.tokenType = "batch"
	s := v.session(t)
	_ = s.Login(t.Context())
	if err := s.Close(t.Context()); err != nil || v.count("POST auth/token") != 0 {
		t.Errorf("batch token: %v, %v", err, v.requests)
	}
	v.tokenType = "service"
	s = v.session(t)
	_ = s.Login(t.Context())
	v.kill("hvs.secret-token-2")
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("dead token: %v", err)
	}
}

// TestRevocationThatIsRefused: a token that may live on is reported. One that Vault does not know is gone, and one that
// Vault cannot revoke, as a batch token, ends by itself.
func TestRevocationThatIsRefused(t *testing.T) {
	for _, c := range []struct {
		status  int
		message string
		later   time.Duration
		refused bool
	}{
		{403, "permission denied", 0, true}, {403, "permission denied", time.Hour, false}, {403, invalidToken, 0, false},
		{400, "batch tokens cannot be revoked", 0, false}, {404, "no handler for route", 0, true},
		{401, invalidToken, 0, true},
	} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/revoke-self") {
				return false
			}
			fail(w, c.status, c.message)
			return true
		}
		client, began := v.client(t), time.Now()
		client.now = func() time.Time { return began.Add(c.later) }
		lease := newLease("hvs.x", time.Minute, began)
		if err := client.revoke(t.Context(), lease); (err != nil) != c.refused {
			t.Errorf("%d %q after %s: %v", c.status, c.message, c.later, err)
		}
	}
}

func TestATokenFromOutsideIsNeverRevoked(t *testing.T) {
	v := newFakeVault(t)
	v.tokens["hvs.outside"] = true
	s := v.client(t).NewSession(Auth{Method: MethodToken, Token: "hvs.outside\n"})
	if err := encryptOne(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil || v.good() != 1 || v.count("POST auth") != 0 {
		t.Errorf("%v, %v", err, v.requests)
	}
	s = v.client(t).NewSession(Auth{Method: MethodToken, Token: "hvs.unknown"})
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnauthenticated) || v.count("POST auth") != 0 {
		t.Errorf("unknown token: %v", err)
	}
}

func TestCloseWaitsForALoginUnderWayAndRevokesIt(t *testing.T) {
	v := newFakeVault(t)
	sent, release := make(chan struct{}), make(chan struct{})
	v.after = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/login") {
			close(sent)
			<-release
		}
		return false
	}
	s := v.session(t)
	login, closed := make(chan error), make(chan error)
	go func() { login <- s.Login(t.Context()) }()
	<-sent
	go func() { closed <- s.Close(t.Context()) }()
	for done := false; !done; {
		s.mu.Lock()
		done = s.closed
		s.mu.Unlock()
	}
	close(release)
	if err := <-login; !errors.Is(err, ErrClosed) {
		t.Errorf("login: %v", err)
	}
	if err := <-closed; err != nil || v.good() != 0 {
		t.Errorf("close: %v, %d tokens live", err, v.good())
	}
}

func TestACallerThatLeavesWhileTheLoginIsSentLeaksNoToken(t *testing.T) {
	v := newFakeVault(t)
	ctx, cancel := context.WithCancel(t.Context())
	v.after = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/login") {
			cancel()
		}
		return false
	}
	s := v.session(t)
	_ = s.Login(ctx)
	if err := s.Close(t.Context()); err != nil || v.good() != 0 || v.issued != 1 {
		t.Errorf("%v, %d of %d tokens live", err, v.good(), v.issued)
	}
}

func TestCloseDuringOperations(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for {
				if err := encryptOne(t.Context(), s); err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v.good() != 0 {
		t.Errorf("%d tokens live", v.good())
	}
}

func TestCloseThatFailsCanBeTriedAgain(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	_ = s.Login(t.Context())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("close with an ended context: %v", err)
	}
	if err := s.Close(t.Context()); err != nil || v.good() != 0 {
		t.Errorf("%v, %d tokens live", err, v.good())
	}
}
