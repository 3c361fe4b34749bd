package kube

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// step is one answer of a fake API server.
type step func() (*http.Response, error)

func status(code int, retryAfter string) step {
	return func() (*http.Response, error) {
		response := &http.Response{StatusCode: code, Header: http.Header{},
			Body: io.NopCloser(strings.NewReader("answer"))}
		if retryAfter != "" {
			response.Header.Set("Retry-After", retryAfter)
		}
		return response, nil
	}
}

// saying returns an answer with another body.
func saying(code int, text string) step {
	return func() (*http.Response, error) {
		body := io.NopCloser(strings.NewReader(text))
		return &http.Response{StatusCode: code, Header: http.Header{}, ContentLength: int64(len(text)), Body: body}, nil
	}
}

func failure(err error) step { return func() (*http.Response, error) { return nil, err } }

func refused() error { return &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED} }

// unacknowledged is the error of a connection whose other end has gone while a request was on its way.
func unacknowledged() error {
	return &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
}

// tooSlow is net/http's error for a TLS handshake that takes too long.
type tooSlow struct{}

func (tooSlow) Error() string   { return "net/http: TLS handshake timeout" }
func (tooSlow) Timeout() bool   { return true }
func (tooSlow) Temporary() bool { return true }

// brokenOff is an answer whose body ends too early.
func brokenOff() (*http.Response, error) {
	body := io.MultiReader(strings.NewReader("half"), errorReader{io.ErrUnexpectedEOF})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body)}, nil
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// script answers with one step after the other, and repeats the last one.
type script struct {
	t      *testing.T
	steps  []step
	tries  int
	bodies []string
}

func (s *script) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			s.t.Fatal(err)
		}
		s.bodies = append(s.bodies, string(body))
	}
	next := s.steps[min(s.tries, len(s.steps)-1)]
	s.tries++
	return next()
}

func TestRetrying(t *testing.T) {
	ok := status(200, "")
	for name, c := range map[string]struct {
		method string
		served bool
		steps  []step
		tries  int
		code   int // 0: an error
	}{
		"429 asks to wait":      {"POST", false, []step{status(429, "1"), status(429, "1"), ok}, 3, 200},
		"429 without asking":    {"PATCH", false, []step{status(429, ""), ok}, 2, 200},
		"429 for good":          {"PATCH", true, []step{status(429, "1")}, kubernetesRetries + 1, 429},
		"429 asks for too long": {"PATCH", true, []step{status(429, "3600"), ok}, 1, 429},
		"503 asks to wait":      {"POST", false, []step{status(503, "2"), ok}, 2, 200},
		"503 at first":          {"GET", false, []step{status(503, ""), ok}, 1, 503},
		"503 later":             {"PATCH", true, []step{status(503, ""), ok}, 2, 200},
		"503 later, to a POST":  {"POST", true, []step{status(503, ""), ok}, 1, 503},
		"502 later":             {"GET", true, []step{status(502, ""), ok}, 2, 200},
		"504 later":             {"PATCH", true, []step{status(504, ""), ok}, 2, 200},
		"504 later, to a POST":  {"POST", true, []step{status(504, ""), ok}, 1, 504},
		"504 for good":          {"PATCH", true, []step{status(504, "")}, slowRetries + 1, 504},
		"etcd is slow": {"PATCH", true, []step{saying(500, "etcdserver: request timed out"), ok},
			2, 200},
		"etcd has no leader": {"GET", true, []step{saying(500, "etcdserver: leader changed"), ok}, 2, 200},
		"etcd is slow, to a POST": {"POST", true, []step{saying(500, "etcdserver: request timed out"), ok},
			1, 500},
		"etcd is full": {"PATCH", true,
			[]step{saying(500, "etcdserver: mvcc: database space exceeded"), ok}, 1, 500},
		"500":                          {"PATCH", true, []step{status(500, ""), ok}, 1, 500},
		"409":                          {"PATCH", true, []step{status(409, ""), ok}, 1, 409},
		"refused at first":             {"GET", false, []step{failure(refused()), ok}, 1, 0},
		"refused later":                {"GET", true, []step{failure(refused()), failure(refused()), ok}, 3, 200},
		"refused later, to a POST":     {"POST", true, []step{failure(refused()), ok}, 2, 200},
		"handshake timed out":          {"POST", true, []step{failure(tooSlow{}), ok}, 2, 200},
		"handshake timed out at first": {"GET", false, []step{failure(tooSlow{}), ok}, 1, 0},
		"not acknowledged":             {"PATCH", true, []step{failure(unacknowledged()), ok}, 2, 200},
		"not acknowledged, a POST":     {"POST", true, []step{failure(unacknowledged()), ok}, 1, 0},
		"refused for good":             {"GET", true, []step{failure(refused())}, kubernetesRetries + 1, 0},
		"lost": {"PATCH", true, []step{failure(io.EOF), failure(syscall.ECONNRESET), ok},
			3, 200},
		"lost, a POST": {"POST", true, []step{failure(io.EOF), ok}, 1, 0},
		"HTTP/2 lost": {"GET", true, []step{failure(errors.New("http2: client connection lost")),
			ok}, 2, 200},
		"breaks off":                     {"GET", true, []step{brokenOff, ok}, 2, 200},
		"another error":                  {"GET", true, []step{failure(errors.New("tls: bad certificate")), ok}, 1, 0},
		"served by the first of answers": {"GET", false, []step{ok}, 1, 200},
	} {
		s := &script{t: t, steps: c.steps}
		transport := Retrying(s).(*retrying)
		transport.served.Store(c.served)
		transport.sleep = func(context.Context, time.Duration) error { return nil }
		request, err := http.NewRequestWithContext(t.Context(), c.method, "https://kube.test/",
			strings.NewReader("a patch"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := transport.RoundTrip(request)
		if s.tries != c.tries || (err != nil) != (c.code == 0) || err == nil && response.StatusCode != c.code {
			t.Errorf("%s: %d tries, want %d; %v, %v", name, s.tries, c.tries, response, err)
			continue
		}
		for i, body := range s.bodies {
			if body != "a patch" {
				t.Errorf("%s: try %d sent %q", name, i, body)
			}
		}
		if err != nil {
			continue
		}
		if text, _ := io.ReadAll(response.Body); string(text) != "answer" &&
			!strings.HasPrefix(string(text), "etcdserver: ") {
			t.Errorf("%s: body %q", name, text)
		}
		if response.Header.Get("Retry-After") != "" {
			t.Errorf("%s: client-go would try it again", name)
		}
	}
}

func TestRetryingWaits(t *testing.T) {
	var waits []time.Duration
	transport := Retrying(&script{t: t, steps: []step{status(429, "7"), status(429, ""), status(429, ""),
		status(200, "")}}).(*retrying)
	transport.sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	request, _ := http.NewRequestWithContext(t.Context(), "GET", "https://kube.test/", nil)
	if response, err := transport.RoundTrip(request); err != nil || response.StatusCode != 200 {
		t.Fatal(response, err)
	}
	if len(waits) != 3 || waits[0] < 7*time.Second || waits[0] > 8*time.Second || waits[2] < waits[1] {
		t.Errorf("waits: %v", waits)
	}
}

func TestRetryingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	transport := Retrying(&script{t: t, steps: []step{status(429, "7")}}).(*retrying)
	transport.sleep = func(ctx context.Context, _ time.Duration) error { cancel(); return Sleep(ctx, time.Hour) }
	request, _ := http.NewRequestWithContext(ctx, "GET", "https://kube.test/", nil)
	if _, err := transport.RoundTrip(request); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
