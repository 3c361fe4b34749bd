package main

import (
	"crypto/tls"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// front is a proxy before a server. It delays requests, so that the time between a read and its write is long, and it
// loses some: before they reach the server, or the answer after it has done what they ask.
type front struct {
	server *httptest.Server

	mu    sync.Mutex
	lost  map[int]bool // operations that lost something here, by their field manager
	count int
}

// Shares of the requests that write, and the longest delay.
const (
	delayed     = 0.4
	longest     = 500 * time.Millisecond
	losesAsked  = 0.02
	losesAnswer = 0.05
)

func newFront(target string, transport http.RoundTripper) (*front, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	f := &front{lost: map[int]bool{}}
	forward := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport:    transport,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	f.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.serve(w, r, forward)
	}))
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return f, nil
}

func (f *front) url() string { return f.server.URL }

func (f *front) serve(w http.ResponseWriter, r *http.Request, forward http.Handler) {
	if !writes(r) {
		forward.ServeHTTP(w, r)
		return
	}
	if rand.Float64() < delayed {
		time.Sleep(rand.N(longest))
	}
	if rand.Float64() < losesAsked {
		f.loses(r)
	}
	if rand.Float64() < losesAnswer {
		forward.ServeHTTP(httptest.NewRecorder(), r)
		f.loses(r)
	}
	forward.ServeHTTP(w, r)
}

// writes reports whether a request changes something: a Secret, or a transit key.
func writes(r *http.Request) bool {
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return false
	}
	path := r.URL.Path
	return strings.Contains(path, "/secrets") || strings.HasPrefix(path, "/v1/transit/keys/")
}

// loses ends the client's connection.
func (f *front) loses(r *http.Request) {
	f.mu.Lock()
	f.count++
	if id := operationOf(r.URL.Query().Get("fieldManager")); id > 0 {
		f.lost[id] = true
	}
	f.mu.Unlock()
	panic(http.ErrAbortHandler)
}

// taken are the operations that lost something since this was last asked, and how many requests were lost.
func (f *front) taken() (map[int]bool, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lost, count := f.lost, f.count
	f.lost, f.count = map[int]bool{}, 0
	return lost, count
}

const managerPrefix = "operation-"

func managerOf(id int) string { return managerPrefix + strconv.Itoa(id) }

// operationOf is the ID in a field manager; 0: it has none.
func operationOf(manager string) int {
	text, found := strings.CutPrefix(manager, managerPrefix)
	id, err := strconv.Atoi(text)
	if !found || err != nil {
		return 0
	}
	return id
}

// newKubeFront is before the stack's API server, and adds the administrator's certificate.
func newKubeFront(s *stack) (*front, error) {
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	f, err := newFront(config.Host, transport)
	if err == nil {
		f.server.Start()
	}
	return f, err
}

// newVaultFront is before Vault's balancer, with the stack's certificate.
func newVaultFront(s *stack) (*front, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(s.dir, "vault.crt"), filepath.Join(s.dir, "vault.key"))
	if err != nil {
		return nil, err
	}
	f, err := newFront(s.cluster.Balancers.Unchecked, s.vault.HTTP.Transport)
	if err != nil {
		return nil, err
	}
	f.server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	f.server.StartTLS()
	return f, nil
}

// lostOne is the fault of an operation that lost a request, or the answer to it, at the API server.
const lostOne = "lost request or answer"
