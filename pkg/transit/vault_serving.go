package transit

import (
	"context"
	"errors"
	"fmt"
)

// Serving returns nil if Vault serves: it answers, initialised and unsealed, even if other requests fail. It sends one
// request, without a token.
func (s *Session) Serving(ctx context.Context) error {
	health, err := s.client.Health(ctx)
	switch {
	case err != nil:
		return err
	case health.Sealed || !health.Initialized:
		return fmt.Errorf("ask vault for its health: %w", ErrSealed)
	}
	return nil
}

// Answered reports whether err is an [ErrUnreachable] for which a server did answer, with a status that says that it
// cannot serve this request now. It may serve others.
func Answered(err error) bool {
	var lost *UnreachableError
	return errors.As(err, &lost) && lost.answered
}
