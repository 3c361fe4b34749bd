package transit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roundTrip stands between a client and its transport.
type roundTrip func(next http.RoundTripper, r *http.Request) (*http.Response, error)

type roundTripper struct {
	f    roundTrip
	next http.RoundTripper
}

func (f roundTrip) over(next http.RoundTripper) http.RoundTripper { return roundTripper{f, next} }

func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return t.f(t.next, r) }

// failing makes the first n requests for Transit fail in the given way.
func failing(v *fakeVault, n int, how func(http.ResponseWriter, *http.Request)) {
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/transit/") || v.count("POST transit/") > n {
			return false
		}
		how(w, r)
		return true
	}
}

func TestRetries(t *testing.T) {
	status := func(code int, messages ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { fail(w, code, messages...) }
	}
	for name, c := range map[string]struct {
		how   func(http.ResponseWriter, *http.Request)
		tries int
		want  error
	}{
		"412":         {status(412, "required index state not present"), maxPatience + 1, nil},
		"429":         {status(429, "request path: rate limit quota exceeded"), maxPatience + 1, ErrRateLimited},
		"502":         {status(502), maxPatience + 1, ErrUnreachable},
		"503":         {status(503, "no active Vault instance found"), maxPatience + 1, ErrUnreachable},
		"504":         {status(504), maxPatience + 1, ErrUnreachable},
		"lost":        {drop, maxPatience + 1, ErrUnreachable},
		"503 sealed":  {status(503, "Vault is sealed"), 1, ErrSealed},
		"503 uninit":  {status(503, "Vault is not initialized"), 1, ErrSealed},
		"500":         {status(500, "internal error"), 1, nil},
		"400":         {status(400, "encryption key not found"), 1, ErrKeyNotFound},
		"404":         {status(404, "no handler for route \"transit/encrypt/app\". route entry not found."), 1, ErrKeyNotFound},
		"403":         {status(403, "permission denied"), 1, ErrDenied},
		"retry-after": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "3600"); fail(w, 429) }, 1, ErrRateLimited},
	} {
		v := newFakeVault(t)
		failing(v, 99, c.how)
		err := encryptOne(t.Context(), v.session(t))
		if n := v.count("POST transit/"); n != c.tries || err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s for good: %d tries, %v", name, n, err)
		}
		if c.tries == 1 {
			continue
		}
		v = newFakeVault(t)
		failing(v, 2, c.how)
		if err := encryptOne(t.Context(), v.session(t)); err != nil || v.count("POST transit/") != 3 {
			t.Errorf("%s twice: %d tries, %v", name, v.count("POST transit/"), err)
		}
	}
}

func TestTruncatedAnswerIsRetried(t *testing.T) {
	v := newFakeVault(t)
	failing(v, 1, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"data":`))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	if err := encryptOne(t.Context(), v.session(t)); err != nil {
		t.Error(err)
	}
}

func TestRetriesWaitAsAsked(t *testing.T) {
	v := newFakeVault(t)
	failing(v, 3, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		fail(w, 503)
	})
	s := v.session(t)
	var waits []time.Duration
	s.client.sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	if err := encryptOne(t.Context(), s); err != nil || len(waits) != 3 || waits[0] != 7*time.Second {
		t.Errorf("%v, waits %v", err, waits)
	}
}

func TestBackoffAndRetryAfter(t *testing.T) {
	for retry := range maxPatience {
		for range 100 {
			d, base := backoff(retry), min(firstBackoff<<retry, maxBackoff)
			if d < base/2 || d > base*3/2 {
				t.Fatalf("retry %d waits %s", retry, d)
			}
		}
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0": 0, "Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"": -1, "-5": -1, "soon": -1, "99999999999999999999": -1,
	} {
		got, ok := retryAfter(&answer{header: http.Header{"Retry-After": {value}}}, now)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("Retry-After %q: %s, %v", value, got, ok)
		}
	}
}

func TestWaitsEndWithTheContext(t *testing.T) {
	v := newFakeVault(t)
	failing(v, 99, func(w http.ResponseWriter, _ *http.Request) { fail(w, 503) })
	ctx, cancel := context.WithCancel(t.Context())
	s := v.session(t)
	if err := s.Login(ctx); err != nil {
		t.Fatal(err)
	}
	s.client.sleep = func(ctx context.Context, _ time.Duration) error {
		cancel()
		return sleep(ctx, time.Hour)
	}
	if err := encryptOne(ctx, s); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) || v.count("POST transit/") != 1 {
		t.Errorf("%v, %v", err, v.requests)
	}
}

func TestNoRetryWithoutAConnection(t *testing.T) {
	const refused = "https://127.0.0.1:1" // nobody is given that port
	c, err := NewClient(Config{Address: refused})
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(context.Context, time.Duration) error { t.Error("retried"); return nil }
	err = encryptOne(t.Context(), c.NewSession(testAuth()))
	var dialling *net.OpError // each system has an error of its own for a port that refuses
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &dialling) || dialling.Op != "dial" || !strings.Contains(err.Error(), refused) {
		t.Error(err)
	}
	c, _ = NewClient(Config{Address: "https://vault.invalid"})
	c.http.Transport = roundTrip(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "vault.invalid", IsNotFound: true}}
	}).over(nil)
	c.sleep = func(context.Context, time.Duration) error { t.Error("retried"); return nil }
	if err := encryptOne(t.Context(), c.NewSession(testAuth())); !errors.Is(err, ErrUnreachable) {
		t.Error(err)
	}
}

// refusing lets no request with that in its path connect, the first n times.
func refusing(s *Session, path string, n int) {
	var tried int
	s.client.http.Transport = roundTrip(func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, path) {
			if tried++; tried <= n {
				return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
			}
		}
		return next.RoundTrip(r)
	}).over(s.client.http.Transport)
}

func TestPatienceWithAVaultThatHasServed(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	refusing(s, "/transit/encrypt/", maxPatience)
	if err := encryptOne(t.Context(), s); err != nil {
		t.Errorf("refused %d times: %v", maxPatience, err)
	}
	refusing(s, "/transit/encrypt/", maxPatience+1)
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnreachable) {
		t.Errorf("refused %d times: %v", maxPatience+1, err)
	}
	// What was never sent may be sent again, also a rotation.
	before, err := s.Key(t.Context(), testKey)
	if err != nil {
		t.Fatal(err)
	}
	refusing(s, "/rotate", 2)
	if after, err := s.Rotate(t.Context(), before); err != nil || after.LatestVersion != before.LatestVersion+1 || v.count("POST transit/keys/app/rotate") != 1 {
		t.Errorf("rotation refused twice: %v, %v", after.LatestVersion, err)
	}
}

func TestConnectionLost(t *testing.T) {
	lost := []error{io.EOF, io.ErrUnexpectedEOF, errors.New("http2: server sent GOAWAY and closed the connection")}
	for _, err := range lostErrors() {
		lost = append(lost, &net.OpError{Op: "read", Err: err}, fmt.Errorf("x: %w", err))
	}
	for _, err := range lost {
		if !ConnectionLost(err) {
			t.Errorf("%v is a lost connection", err)
		}
	}
	for _, err := range []error{nil, context.DeadlineExceeded, errors.New("remote error: tls: bad certificate"), syscall.ECONNREFUSED} {
		if ConnectionLost(err) {
			t.Errorf("%v is no lost connection", err)
		}
	}
}
