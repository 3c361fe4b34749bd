package transit

import (
	"context"
	"errors"
	"fmt"
)

// Close ends the session: later operations fail with [ErrClosed]. It revokes every token that the session got by login
// and that is still valid, including that of a login under way. It does not revoke a token from outside. A second call
// retries what failed.
func (s *Session) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.current = nil
	p := s.pending
	if p != nil {
		p.cancel()
	}
	s.mu.Unlock()
	if p != nil {
		select {
		case <-p.done:
		case <-ctx.Done():
			return fmt.Errorf("close the vault session: a login is under way: %w", ctx.Err())
		}
	}
	return s.revokeLive(ctx)
}

func (s *Session) revokeLive(ctx context.Context) error {
	s.mu.Lock()
	taken := s.live
	s.live = map[*lease]struct{}{}
	s.mu.Unlock()
	var failed []error
	for l := range taken {
		if l.batch || l.expired(s.now()) {
			continue
		}
		if err := s.client.revoke(ctx, l); err != nil {
			failed = append(failed, err)
			s.mu.Lock()
			s.live[l] = struct{}{}
			s.mu.Unlock()
		}
	}
	return errors.Join(failed...)
}
