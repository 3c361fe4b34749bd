package transit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Session performs Transit operations. It gets its Vault token when it needs one, replaces it shortly before it
// expires, and revokes it in [Session.Close]. It is safe for concurrent use.
type Session struct {
	client *Client
	auth   *Auth // a pointer, as lease is: package fmt prints it as an address, whatever the verb
	now    func() time.Time

	engines engines

	mu      sync.Mutex
	closed  bool
	current *lease
	pending *pendingLogin       // the login that is under way
	live    map[*lease]struct{} // logged in for, not known to be dead
}

// pendingLogin is one login for all who wait.
type pendingLogin struct {
	done    chan struct{} // closed when lease and err are set
	lease   *lease
	err     error
	waiting int
	cancel  context.CancelFunc
}

// SessionOption changes how a session works.
type SessionOption func(*Session)

// WithClock replaces time.Now, by which tokens lapse.
func WithClock(now func() time.Time) SessionOption { return func(s *Session) { s.now = now } }

// NewSession makes a session; it logs in with the first operation, or with [Session.Login].
func (c *Client) NewSession(auth Auth, options ...SessionOption) *Session {
	s := &Session{client: c, auth: &auth, now: time.Now, live: map[*lease]struct{}{}}
	for _, option := range options {
		option(s)
	}
	return s
}

// Format shows how the session authenticates, never its token.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.redacted()) }

// LogValue hides the token from log/slog.
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.redacted()) }

func (s *Session) redacted() string { return fmt.Sprintf("vault session with %v", *s.auth) }

// Login logs in unless the session has a valid token. Operations log in by themselves; call Login early to log in while
// other work runs.
func (s *Session) Login(ctx context.Context) error {
	_, err := s.acquire(ctx, nil)
	return err
}

// send performs r with the session's token, and again with a new one if the answer shows that the token had expired:
// such a request was not carried out.
func (s *Session) send(ctx context.Context, r *request) (*answer, error) {
	l, err := s.acquire(ctx, nil)
	if err != nil {
		return nil, s.withOp(r, err)
	}
	r.token = l.token
	a, err := s.client.do(ctx, r)
	if err != nil || !s.lapsed(l, a) {
		return a, err
	}
	fresh, err := s.acquire(ctx, l)
	if err != nil {
		return nil, s.withOp(r, err)
	}
	r.token = fresh.token
	return s.client.do(ctx, r)
}

// call is send for requests that succeed as a whole or not at all.
func (s *Session) call(ctx context.Context, r *request) (*answer, error) {
	a, err := s.send(ctx, r)
	if err != nil {
		return nil, err
	}
	if a.status >= 300 {
		return nil, r.refusal(a)
	}
	return a, nil
}

// lapsed distinguishes an invalid token from a denial. Vault says "invalid token" if the token is expired, revoked or
// used up. Older versions may not say so: then the clock decides.
func (s *Session) lapsed(l *lease, a *answer) bool {
	if l.outside || a.status != http.StatusForbidden {
		return false
	}
	messages, _ := a.messages()
	return saysInvalidToken(messages) || l.expired(s.now())
}

// withOp names the operation that a failed login prevents.
func (s *Session) withOp(r *request, err error) error { return fmt.Errorf("%s: %w", r.op, err) }

// acquire returns a valid token other than the refused one. It logs in if needed; concurrent callers share one login,
// which goes on when the ctx of one of them ends.
func (s *Session) acquire(ctx context.Context, refused *lease) (*lease, error) {
	for {
		l, p, err := s.join(ctx, refused)
		if l != nil || err != nil {
			return l, err
		}
		l, err = s.wait(ctx, p)
		if !errors.Is(err, errAbandoned) {
			return l, err
		}
	}
}

// join returns a valid token, or the login to wait for.
func (s *Session) join(ctx context.Context, refused *lease) (*lease, *pendingLogin, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if refused != nil {
		delete(s.live, refused)
	}
	if s.auth.Method == MethodToken && s.current == nil {
		l, err := outsideLease(s.auth.Token)
		if err != nil {
			return nil, nil, err
		}
		s.current = l
	}
	if l := s.current; l != nil && l != refused && !l.due(s.now()) {
		return l, nil, nil
	}
	if s.pending == nil {
		s.pending = s.startLogin(ctx)
	}
	s.pending.waiting++
	return nil, s.pending, nil
}

// wait waits for p or the end of ctx. When no request waits for a login that is not sent yet, wait cancels it.
func (s *Session) wait(ctx context.Context, p *pendingLogin) (*lease, error) {
	select {
	case <-p.done:
		return p.lease, p.err
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.waiting--
	if p.waiting == 0 {
		p.cancel()
	}
	return nil, ctx.Err()
}

// startLogin starts a login that belongs to no caller. s.mu is held.
func (s *Session) startLogin(ctx context.Context) *pendingLogin {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &pendingLogin{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer cancel()
		l, err := s.login(ctx)
		if err != nil && ctx.Err() != nil {
			err = errAbandoned
		}
		if s.keep(l) {
			// Closed meanwhile. Close waits for this login, as long as its own ctx lets it.
			l, err = nil, errors.Join(ErrClosed, s.revokeLive(context.WithoutCancel(ctx)))
		}
		s.mu.Lock()
		p.lease, p.err = l, err
		s.pending = nil
		s.mu.Unlock()
		close(p.done)
	}()
	return p
}

// keep records a new token, and forgets expired ones. It reports whether the session is closed.
func (s *Session) keep(l *lease) (closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old := range s.live {
		if old.expired(s.now()) {
			delete(s.live, old)
		}
	}
	if l == nil {
		return s.closed
	}
	s.live[l] = struct{}{}
	if !s.closed {
		s.current = l
	}
	return s.closed
}
