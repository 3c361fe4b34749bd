package transit

import (
	"context"
	"net/http"
	"sync"
)

// maxRetired bounds how many replaced lines are kept to be closed with the client.
const maxRetired = 8

// lines carries requests over one line at a time. A line is a transport with connections of its own. A TCP balancer
// in front of a Vault cluster picks a node for each connection, and HTTP/2 keeps one connection for all requests:
// after an answer of a node that cannot serve, only a new line reaches another node.
type lines struct {
	build func() *http.Transport

	mu      sync.Mutex
	current *line
	retired []*line
}

// line is a transport and how many requests use it. lines.mu guards both numbers.
type line struct {
	transport *http.Transport
	inUse     int
	replaced  bool
}

func newLines(build func() *http.Transport) *lines {
	return &lines{build: build, current: &line{transport: build()}}
}

// take returns the line for one request. It must be given back with put once the answer has been read.
func (l *lines) take() *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current.inUse++
	return l.current
}

func (l *lines) put(used *line) {
	l.mu.Lock()
	used.inUse--
	idle := used.replaced && used.inUse == 0
	l.mu.Unlock()
	if idle {
		used.transport.CloseIdleConnections()
	}
}

// replace makes later requests use a new line. Requests in flight on the old one end as they would have. It does
// nothing when another request has replaced that line before.
func (l *lines) replace(old *line) {
	l.mu.Lock()
	if old != l.current {
		l.mu.Unlock()
		return
	}
	old.replaced = true
	l.current = &line{transport: l.build()}
	if len(l.retired) == maxRetired {
		l.retired = append(l.retired[:0], l.retired[1:]...)
	}
	l.retired = append(l.retired, old)
	l.mu.Unlock()
	old.transport.CloseIdleConnections()
}

// CloseIdleConnections closes the idle connections of all lines.
func (l *lines) CloseIdleConnections() {
	l.mu.Lock()
	all := append([]*line{l.current}, l.retired...)
	l.mu.Unlock()
	for _, one := range all {
		one.transport.CloseIdleConnections()
	}
}

type lineKey struct{}

// on makes the requests of ctx use that line.
func (used *line) on(ctx context.Context) context.Context {
	return context.WithValue(ctx, lineKey{}, used)
}

// RoundTrip sends r over the line of its context.
func (l *lines) RoundTrip(r *http.Request) (*http.Response, error) {
	used, ok := r.Context().Value(lineKey{}).(*line)
	if !ok {
		used = l.take()
		defer l.put(used)
	}
	return used.transport.RoundTrip(r)
}
