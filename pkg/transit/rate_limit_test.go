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

// limitedUntil answers 429 to requests for Transit until that time of the client's clock; retryAfter may be empty.
func limitedUntil(v *fakeVault, c *Client, after time.Duration, retryAfter string) {
	end := c.now().Add(after)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/transit/") || !c.now().Before(end) {
			return false
		}
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		fail(w, 429, "request path: rate limit quota exceeded")
		return true
	}
}

func TestAQuotaIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		lasts      time.Duration
		retryAfter string
		tries      int // 0: any number
		waits      time.Duration
		fails      bool
	}{
		"for a minute":               {time.Minute, "60", 2, time.Minute, false},
		"says nothing of its length": {time.Minute, "", 0, time.Minute, false},
		"lasts":                      {time.Hour, "", 0, maxQuotaWait - maxBackoff, true},
		"lasts, in short waits":      {time.Hour, "50", 3, 100 * time.Second, true},
		"for an hour":                {time.Hour, "3600", 1, 0, true},
	} {
		v := newFakeVault(t)
		s := v.session(t)
		slept := passing(s.client)
		limitedUntil(v, s.client, c.lasts, c.retryAfter)
		err := encryptOne(t.Context(), s)
		n := v.count("POST transit/")
		if c.fails != errors.Is(err, ErrRateLimited) || !c.fails && err != nil || c.tries > 0 && n != c.tries {
			t.Errorf("%s: %d tries, %v", name, n, err)
		}
		if slept() < c.waits-time.Second || slept() > maxQuotaWait {
			t.Errorf("%s: waited %s", name, slept())
		}
	}
}

// TestARotationIsSentAgainAfterAQuota: Vault has not acted.
func TestARotationIsSentAgainAfterAQuota(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	limitedUntil(v, s.client, 10*time.Second, "3")
	if info, err := rotateKey(t.Context(), s); err != nil || info.LatestVersion != 4 || v.latest != 4 {
		t.Errorf("version %d, %v", v.latest, err)
	}
}

// TestOne429PausesAll: where Vault asks to wait for longer than maxQuotaWait, later requests are not sent, but the
// revocation at the end is. The error says for how long.
func TestOne429PausesAll(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	limitedUntil(v, s.client, time.Hour, "600")
	for range 3 {
		err := encryptOne(t.Context(), s)
		var refused *RefusedError
		if !errors.Is(err, ErrRateLimited) || !strings.Contains(err.Error(), "it asks to wait ") ||
			!errors.As(err, &refused) ||
			refused.RetryAfter < time.Minute {
			t.Errorf("%v", err)
		}
	}
	if n := v.count("POST transit/"); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if err := s.Close(t.Context()); err != nil || v.good() != 0 {
		t.Errorf("close: %v, %d tokens live", err, v.good())
	}
}

// TestUrgentRequestsAreSent: a change that must not be left half done is sent while a quota of another path pauses the
// client.
func TestUrgentRequestsAreSent(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	limitedUntil(v, s.client, time.Hour, "600")
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrRateLimited) {
		t.Fatalf("%v, want a refusal that pauses the client", err)
	}
	v.before = nil
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrRateLimited) {
		t.Errorf("%v: the client is not paused", err)
	}
	if err := encryptOne(WithFullRetryTimeout(t.Context()), s); err != nil {
		t.Errorf("urgent: %v", err)
	}
	limitedUntil(v, s.client, time.Hour, "600")
	if err := encryptOne(WithFullRetryTimeout(t.Context()), s); !errors.Is(err, ErrRateLimited) {
		t.Errorf("urgent, and refused itself: %v", err)
	}
}

// TestLoginsAreNotPaused: an urgent request may have to wait for the login that an ordinary one has begun.
func TestLoginsAreNotPaused(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	s.client.quota.refused(s.client.now(), time.Hour)
	if err := s.Login(t.Context()); err != nil {
		t.Errorf("login: %v", err)
	}
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrRateLimited) {
		t.Errorf("%v: the client is not paused", err)
	}
}

// TestManyRequestsUnderAQuota: one at a time goes through, and none is refused for the others until its wait ends.
func TestManyRequestsUnderAQuota(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	var mu sync.Mutex
	var next time.Time
	refused := 0
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		now := s.client.now()
		if !strings.Contains(r.URL.Path, "/transit/") {
			return false
		}
		if now.Before(next) {
			refused++
			fail(w, 429, "request path: rate limit quota exceeded")
			return true
		}
		next = now.Add(time.Second)
		return false
	}
	const requests = 30
	var wg sync.WaitGroup
	for range requests {
		wg.Go(func() {
			if err := encryptOne(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if refused > 8*requests {
		t.Errorf("%d refusals for %d requests", refused, requests)
	}
}

// TestAnAttemptThatHangs: a Vault that has served is asked again, until the retry timeout ends. One that has not is
// not, nor is a request that it may have carried out and must not twice.
func TestAnAttemptThatHangs(t *testing.T) {
	hanging := func(s *Session, path string, n int) {
		tried, slept := 0, s.client.sleep
		s.client.http.Transport = roundTrip(func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if err == nil && strings.Contains(r.URL.Path, path) {
				if tried++; tried <= n {
					_ = resp.Body.Close()
					_ = slept(r.Context(), 5*time.Second)
					return nil, context.DeadlineExceeded
				}
			}
			return resp, err
		}).over(s.client.http.Transport)
	}
	v := newFakeVault(t)
	s := v.session(t)
	hanging(s, "/transit/", 2)
	if err := encryptOne(t.Context(), s); err != nil || v.count("POST transit/") != 3 {
		t.Errorf("hung twice: %d tries, %v", v.count("POST transit/"), err)
	}
	v = newFakeVault(t)
	s = v.session(t)
	hanging(s, "/transit/", 99)
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnreachable) || v.count("POST transit/") > 6 {
		t.Errorf("hangs: %d tries, %v", v.count("POST transit/"), err)
	}
	v = newFakeVault(t)
	s = v.session(t)
	hanging(s, "/login", 99)
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnreachable) || len(v.requests) != 1 {
		t.Errorf("hangs at the login: %v, %v", v.requests, err)
	}
	v = newFakeVault(t)
	s = v.session(t)
	if err := s.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	hanging(s, "/sys/x", 99)
	if _, err := s.Write(t.Context(), "sys/x", nil); !errors.Is(err, ErrUnreachable) || v.count("POST sys/x") != 1 {
		t.Errorf("a write: %v, %v", v.requests, err)
	}
}
