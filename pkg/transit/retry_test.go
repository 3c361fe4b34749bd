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

func status(code int, messages ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { fail(w, code, messages...) }
}

// standby answers as a standby that cannot forward does.
func standby(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", "https://former.example.com:8200"+r.URL.Path)
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// failures are ways in which Vault does not serve a request for a while.
func failures() map[string]func(http.ResponseWriter, *http.Request) {
	return map[string]func(http.ResponseWriter, *http.Request){
		"307":            standby,
		"412":            status(412, "required index state not present"),
		"500 no active":  status(500, "local node not active but active cluster node not found"),
		"500 steps down": status(500, "active context canceled after getting state lock"),
		"502":            status(502),
		"503":            status(503, "no active Vault instance found"),
		"503 standby":    status(503, "node is not active"),
		"504":            status(504),
		"lost":           drop,
	}
}

// TestFailuresAreRetried: once Vault has answered this client for half a minute, before that for some seconds.
func TestFailuresAreRetried(t *testing.T) {
	for name, how := range failures() {
		for _, served := range []bool{true, false} {
			v := newFakeVault(t)
			path, upTo := "/auth/", firstRetryTimeout
			if served {
				path = "/transit/"
			}
			// words of Vault's own
			if served || strings.ContainsAny(name, " ") || name == "307" || name == "412" || name == "503" {
				upTo = retryTimeout
			}
			over := false
			v.before = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, path) || over {
					return false
				}
				how(w, r)
				return true
			}
			s := v.session(t)
			slept := passing(s.client)
			err := encryptOne(t.Context(), s)
			if wait := slept(); err == nil || wait < upTo-maxBackoff || wait > upTo {
				t.Errorf("%s for good, served %v: after %s: %v", name, served, wait, err)
			}
			if served && name != "412" && !strings.Contains(err.Error(), "tried again for ") {
				t.Errorf("%s: %v does not say for how long", name, err)
			}
			s = v.session(t)
			slept = passing(s.client)
			sleep := s.client.sleep
			s.client.sleep = func(ctx context.Context, d time.Duration) error {
				over = slept() > upTo/2
				return sleep(ctx, d)
			}
			if err := encryptOne(t.Context(), s); err != nil || slept() > upTo {
				t.Errorf("%s for a while, served %v: after %s: %v", name, served, slept(), err)
			}
		}
	}
}

func TestRefusalsAreFinal(t *testing.T) {
	for name, c := range map[string]struct {
		how   func(http.ResponseWriter, *http.Request)
		tries int
		want  error
	}{
		"500":         {status(500, "cannot parse"), 1, nil},
		"500 at work": {status(500, "internal error"), maxFaltering, nil}, // or it is losing its leadership
		"503 locked":  {status(503, "API access to this namespace has been locked by an administrator"), 1, ErrDenied},
		"400":         {status(400, "encryption key not found"), 1, ErrKeyNotFound},
		"404": {status(404, "no handler for route \"transit/encrypt/app\". route entry not found."), 1,
			ErrKeyNotFound},
		"403": {status(403, "permission denied"), 1, ErrDenied},
		"503 later": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			fail(w,
				503)
		}, 1, ErrUnreachable},
	} {
		v := newFakeVault(t)
		failing(v, 99, c.how)
		err := encryptOne(t.Context(), v.session(t))
		if n := v.count("POST transit/"); n != c.tries || err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %d tries, %v", name, n, err)
		}
	}
}

// TestSealed: a Vault of which nothing is known but that it is sealed is asked over a few connections, as another node
// may stand behind them, and not waited for.
func TestSealed(t *testing.T) {
	for _, words := range []string{"Vault is sealed", "Vault is not initialized"} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, _ *http.Request) bool { fail(w, 503, words); return true }
		s := v.session(t)
		slept := passing(s.client)
		if err := encryptOne(t.Context(), s); !errors.Is(err, ErrSealed) || len(v.requests) != maxSealed ||
			slept() > 0 || v.connections() != maxSealed {
			t.Errorf("%s: %d requests on %d connections in %s, %v", words, len(v.requests), v.connections(),
				slept(), err)
		}
	}
	for name, seen := range map[string]func(http.ResponseWriter, *http.Request){"served": nil, "standby": standby} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case seen == nil && strings.Contains(r.URL.Path, "/auth/"):
				return false
			case seen != nil && len(v.requests) == 1:
				seen(w, r)
			default:
				fail(w, 503, "Vault is sealed")
			}
			return true
		}
		s := v.session(t)
		slept := passing(s.client)
		if err := encryptOne(t.Context(), s); !errors.Is(err, ErrSealed) || slept() < firstRetryTimeout-maxBackoff {
			t.Errorf("%s before: waited %s, %v", name, slept(), err)
		}
	}
}

// TestAnOutageIsWaitedForOnce: the requests after one that was given up do not wait again.
func TestAnOutageIsWaitedForOnce(t *testing.T) {
	v := newFakeVault(t)
	down := true
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/transit/") || !down {
			return false
		}
		fail(w, 503, "no active Vault instance found")
		return true
	}
	s := v.session(t)
	slept := passing(s.client)
	for range 5 {
		if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnreachable) {
			t.Fatal(err)
		}
	}
	if slept() > retryTimeout {
		t.Errorf("waited %s", slept())
	}
	down = false
	if err := encryptOne(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	down, before := true, slept()
	if err := encryptOne(t.Context(), s); err == nil || slept()-before < retryTimeout-maxBackoff {
		t.Errorf("after it served again: waited %s, %v", slept()-before, err)
	}
	before = slept()
	if err := encryptOne(WithFullRetryTimeout(t.Context()), s); err == nil || slept()-before < retryTimeout-maxBackoff {
		t.Errorf("with the full retry timeout: waited %s, %v", slept()-before, err)
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
	sleep := s.client.sleep
	s.client.sleep = func(ctx context.Context, d time.Duration) error { waits = append(waits, d); return sleep(ctx, d) }
	if err := encryptOne(t.Context(), s); err != nil || len(waits) != 3 || waits[0] != 7*time.Second {
		t.Errorf("%v, waits %v", err, waits)
	}
}

func TestBackoffAndRetryAfter(t *testing.T) {
	for retry := range 20 {
		for range 100 {
			d, least := backoff(retry), firstBackoff<<min(retry, 10)
			if d < min(least, maxBackoff*4/5) || d > min(least*5/2, maxBackoff) {
				t.Fatalf("retry %d waits %s", retry, d)
			}
		}
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0": 0, "Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second,
		"Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"":                              -1, "-5": -1, "soon": -1, "99999999999999999999": -1,
	} {
		got, ok := retryAfter(value, now)
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
	if err := encryptOne(ctx, s); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) ||
		v.count("POST transit/") != 1 {
		t.Errorf("%v, %v", err, v.requests)
	}
}

func TestNoRetryWithoutAConnection(t *testing.T) {
	const refused = "https://127.0.0.1:1" // no program gets that port
	c, err := NewClient(Config{Address: refused})
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(context.Context, time.Duration) error { t.Error("retried"); return nil }
	err = encryptOne(t.Context(), c.NewSession(testAuth()))
	var dialling *net.OpError // each system has an error of its own for a port that refuses
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &dialling) || dialling.Op != "dial" ||
		!strings.Contains(err.Error(), refused) {
		t.Error(err)
	}
	c, _ = NewClient(Config{Address: "https://vault.invalid"})
	c.http.Transport = roundTrip(func(http.RoundTripper, *http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "vault.invalid",
			IsNotFound: true}}
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

func TestRetryTimeoutOfAVaultThatHasServed(t *testing.T) {
	v := newFakeVault(t)
	s := v.session(t)
	refusing(s, "/transit/encrypt/", 8)
	if err := encryptOne(t.Context(), s); err != nil {
		t.Errorf("refused 8 times: %v", err)
	}
	// What was never sent may be sent again, also a rotation.
	before, err := s.Key(t.Context(), testKey)
	if err != nil {
		t.Fatal(err)
	}
	refusing(s, "/rotate", 2)
	if after, err := s.Rotate(t.Context(), before); err != nil || after.LatestVersion != before.LatestVersion+1 ||
		v.count("POST transit/keys/app/rotate") != 1 {
		t.Errorf("rotation refused twice: %v, %v", after.LatestVersion, err)
	}
	slept := passing(s.client)
	refusing(s, "/transit/encrypt/", 99)
	if err := encryptOne(t.Context(), s); !errors.Is(err, ErrUnreachable) || slept() < retryTimeout-maxBackoff ||
		slept() > retryTimeout {
		t.Errorf("refused for good: waited %s, %v", slept(), err)
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
	for _, err := range []error{nil, context.DeadlineExceeded, errors.New("remote error: tls: bad certificate"),
		syscall.ECONNREFUSED} {
		if ConnectionLost(err) {
			t.Errorf("%v is no lost connection", err)
		}
	}
}
