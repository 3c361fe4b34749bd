package test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// proxyCommands put a proxy between the plugin and a server, to do harm at a chosen moment.
//
//	vaultproxy NAME RULE [ARGS…]      before Vault, its address in $NAME; see vaultRules
//	kubeproxy NAME PATTERN COMMAND…   before the API server, its kubeconfig in $NAME; the COMMAND runs
//	                                  just before the first request that matches is forwarded
//	kubebarrier NAME PATTERN COUNT    before the API server, its kubeconfig in $NAME; the first COUNT requests that
//	                                  match are forwarded when all of them have come
//	kubeclock NAME DURATION           before the API server, its kubeconfig in $NAME; its clock is ahead by that
//	connectproxy NAME [USER:PASSWORD]  an HTTP proxy for CONNECT, its address in $NAME
//	recorder NAME                     answers everything with {} over TLS, its address in $NAME
//	proxied NAME                      stdout: the requests that one of those got, "METHOD URI" a line
//
// valueCommands, sealedSecretsCommands and callCommands come with them.
//
// PATTERN is a regular expression for "METHOD URI". With the address in $NAME
// comes $NAME_FAR, the same server at 0.0.0.0, which no proxy variable exempts as
// it does 127.0.0.1, and $NAME_HOST, the address without its scheme.
func proxyCommands() map[string]command {
	all := map[string]command{
		"vaultproxy":  runVaultProxy,
		"kubeproxy":   runKubeProxy,
		"kubebarrier": runKubeBarrier,
		"kubeclock":   runKubeClock,
		"recorder":    runRecorder,

		"connectproxy": runConnectProxy,
		"proxied":      runProxied,
	}
	maps.Copy(all, valueCommands())
	maps.Copy(all, sealedSecretsCommands())
	maps.Copy(all, callCommands())
	return all
}

// proxy is a server of the test's own and what it was asked.
type proxy struct {
	*httptest.Server

	mu       sync.Mutex
	requests []string
}

// rule handles one request; next forwards it.
type rule func(w http.ResponseWriter, r *http.Request, next http.Handler)

func pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

// line is how a request stands in the log and meets patterns.
func line(r *http.Request) string {
	text := r.Method + " " + r.RequestURI
	if active := r.Header.Get("X-Vault-Inconsistent"); active != "" {
		text += " " + active
	}
	return text
}

func newProxy(next http.Handler, rule rule) *proxy {
	p := &proxy{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.requests = append(p.requests, line(r))
		p.mu.Unlock()
		rule(w, r, next)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0) // that a client refuses the certificate is no news
	return p
}

// startTLS serves with a certificate of the stack's CA.
func (p *proxy) startTLS() error {
	return p.startTLSFor(theStack, nil, net.IPv4(127, 0, 0, 1), net.IPv4zero)
}

func (p *proxy) startTLSFor(s stack, dnsNames []string, ips ...net.IP) error {
	certificate, err := s.certificate(dnsNames, ips)
	if err != nil {
		return err
	}
	p.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	p.StartTLS()
	return nil
}

// stop does not wait for requests that are held up.
func (p *proxy) stop() {
	p.CloseClientConnections()
	p.Close()
}

func (p *proxy) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.requests, "\n")
}

// forwardTo is the way to a server, with the client's Host left out.
func forwardTo(address string, transport http.RoundTripper) (http.Handler, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:    transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}, nil
}

// vaultProxy starts a proxy before Vault.
func (s stack) vaultProxy(rule rule) (*proxy, error) {
	client, err := s.httpClient()
	if err != nil {
		return nil, err
	}
	next, err := forwardTo(s.vaultAddr, client.Transport)
	if err != nil {
		return nil, err
	}
	p := newProxy(next, rule)
	return p, p.startTLS()
}

// named keeps a proxy under its name, for the script and for proxied.
func named(ts *testscript.TestScript, name string, p *proxy) {
	ts.Value(proxiesKey{}).(*proxies).add(name, p)
	ts.Defer(p.stop)
	ts.Setenv(name, p.URL)
	ts.Setenv(name+"_HOST", p.Listener.Addr().String())
	ts.Setenv(name+"_FAR", strings.Replace(p.URL, "127.0.0.1", "0.0.0.0", 1))
}

// proxies are those of one script.
type proxies struct{ byName map[string]*proxy }

type proxiesKey struct{}

func (p *proxies) add(name string, one *proxy) {
	if p.byName == nil {
		p.byName = map[string]*proxy{}
	}
	p.byName[name] = one
}

func runVaultProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: vaultproxy NAME RULE [ARGS…]")
	}
	rule, err := vaultRule(args[1], args[2:])
	ts.Check(err)
	p, err := theStack.vaultProxy(rule)
	ts.Check(err)
	named(ts, args[0], p)
}

func runRecorder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: recorder NAME")
	}
	p := newProxy(nil, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = fmt.Fprintln(w, "{}") })
	ts.Check(p.startTLS())
	named(ts, args[0], p)
}

func runProxied(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: proxied NAME")
	}
	p := ts.Value(proxiesKey{}).(*proxies).byName[args[0]]
	if p == nil {
		ts.Fatalf("no proxy %s", args[0])
	}
	fmt.Fprintln(ts.Stdout(), p.seen())
}

// pattern matches requests.
func pattern(text string) (func(*http.Request) bool, error) {
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return func(r *http.Request) bool { return compiled.MatchString(line(r)) }, nil
}
