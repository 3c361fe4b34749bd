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

func encryptOne(ctx context.Context, s *Session) error {
	_, err := s.Encrypt(ctx, testKey, []Item{{Plaintext: []byte("x")}})
	return err
}

func TestOneLoginForAllWhoWait(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	var wg sync.WaitGroup
	errs := make(chan error, 100)
	for i := range 100 {
		wg.Go(func() {
			if i%2 == 0 {
				errs <- s.Login(t.Context())
			} else {
				errs <- encryptOne(t.Context(), s)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if v.issued != 1 {
		t.Errorf("%d logins, want 1", v.issued)
	}
}

// stalledLogin is a session whose login waits in JWT until release is closed.
func stalledLogin(t *testing.T, v *fakeVault) (s *Session, started, release chan struct{}) {
	started, release = make(chan struct{}), make(chan struct{})
	var once sync.Once
	auth := testAuth()
	auth.JWT = func(ctx context.Context) (string, error) {
		once.Do(func() { close(started) })
		select {
		case <-release:
			return testJWT, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return v.client(t).NewSession(auth), started, release
}

func TestAWaiterThatLeavesDoesNotEndTheLogin(t *testing.T) {
	v := newFakeVault(t)
	s, started, release := stalledLogin(t, v)
	first, leave := context.WithCancel(t.Context())
	left, stayed := make(chan error), make(chan error)
	go func() { left <- s.Login(first) }()
	<-started
	go func() { stayed <- s.Login(t.Context()) }()
	for waiting := 0; waiting < 2; {
		s.mu.Lock()
		waiting = s.pending.waiting
		s.mu.Unlock()
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left: %v", err)
	}
	close(release)
	if err := <-stayed; err != nil {
		t.Errorf("the one who stayed: %v", err)
	}
	if v.issued != 1 {
		t.Errorf("%d logins, want 1", v.issued)
	}
}

func TestALoginNobodyWaitsForIsGivenUp(t *testing.T) {
	v := newFakeVault(t)
	s, started, release := stalledLogin(t, v)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Login(ctx) }()
	<-started
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for given := false; !given; { // else the next one would join it
		s.mu.Lock()
		given = s.pending == nil
		s.mu.Unlock()
	}
	close(release)
	if err := s.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v.issued != 1 {
		t.Errorf("%d logins, want 1", v.issued)
	}
}

func TestATokenOfOneSecondServesManyRequests(t *testing.T) {
	v := newFakeVault(t)
	v.ttl = 1
	clock := newFakeClock()
	s := v.session(t, WithClock(clock.now))
	for range 10 {
		if err := encryptOne(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if v.issued != 1 {
		t.Fatalf("%d logins at one moment, want 1", v.issued)
	}
	clock.advance(700 * time.Millisecond)
	if err := encryptOne(t.Context(), s); err != nil || v.issued != 1 {
		t.Fatalf("at 0.7 s: %v, %d logins", err, v.issued)
	}
	clock.advance(60 * time.Millisecond)
	if err := encryptOne(t.Context(), s); err != nil || v.issued != 2 {
		t.Fatalf("at 0.76 s: %v, %d logins, want a second before the first lapses", err, v.issued)
	}
	if err := s.Close(t.Context()); err != nil || v.good() != 0 {
		t.Fatalf("close: %v, %d tokens live", err, v.good())
	}
}

func TestMarginOfLongerTokens(t *testing.T) {
	now := time.Unix(1000, 0)
	for ttl, margin := range map[time.Duration]time.Duration{
		time.Second: 250 * time.Millisecond, 4 * time.Second: time.Second, 10 * time.Second: 2 * time.Second,
		time.Hour: 2 * time.Second,
	} {
		l := newLease("t", ttl, now)
		if at := now.Add(ttl - margin); l.due(at.Add(-1)) || !l.due(at) || l.expired(now.Add(ttl-1)) ||
			!l.expired(now.Add(ttl)) {
			t.Errorf("ttl %s: renewed at %s", ttl, l.renewAt.Sub(now))
		}
	}
	if l := newLease("t", 0, now); l.due(now.Add(1000*time.Hour)) || l.expired(now.Add(1000*time.Hour)) {
		t.Error("a token without an end lapsed")
	}
}

func TestLogsInAgainOnceOnInvalidToken(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	if err := s.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.kill("hvs.secret-token-1")
	if err := encryptOne(t.Context(), s); err != nil || v.issued != 2 {
		t.Fatalf("%v, %d logins", err, v.issued)
	}
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/transit/") {
			fail(w, 403, invalidToken)
			return true
		}
		return false
	}
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnauthenticated) || v.issued != 3 {
		t.Errorf("%v, %d logins: want one more and no endless loop", err, v.issued)
	}
}

func TestManyRefusedAtOnceLogInOnce(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	if err := s.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.kill("hvs.secret-token-1")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := encryptOne(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v.issued != 2 {
		t.Errorf("%d logins, want 2", v.issued)
	}
}

func TestAPlainDenialIsNoReasonToLogIn(t *testing.T) {
	v := newFakeVault(t)
	clock := newFakeClock()
	v.ttl = 10
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/transit/") {
			fail(w, 403, "1 error occurred:\n\t* permission denied\n\n")
			return true
		}
		return false
	}
	s := v.session(t, WithClock(clock.now))
	err := encryptOne(t.Context(), s)
	if !errors.Is(err, ErrDenied) || v.issued != 1 {
		t.Fatalf("%v, %d logins", err, v.issued)
	}
	// A Vault that does not say "invalid token": the token's time passed while the request was under way.
	before := v.before
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/transit/") && v.count("POST auth/kubernetes/login") == 1 {
			clock.advance(11 * time.Second)
			return before(w, r)
		}
		return false
	}
	if err := encryptOne(t.Context(), s); err != nil || v.issued != 2 {
		t.Fatalf("%v, %d logins", err, v.issued)
	}
}
