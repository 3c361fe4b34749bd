package transit

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// engines remembers the mounts that are proven to be of Transit engines.
type engines struct {
	mu     sync.Mutex
	proven map[string]bool
}

func (e *engines) has(mount string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.proven[mount]
}

func (e *engines) add(mount string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.proven == nil {
		e.proven = map[string]bool{}
	}
	e.proven[mount] = true
}

// proveEngine makes sure that plaintext is sent to a Transit engine. Another engine may store what it is sent: a
// key-value engine takes any path. A token that was logged in for may write only where its role lets it; one from outside
// may be an administrator's, who may write anywhere. It needs no line in a policy: Vault answers with the type of a mount
// to every token that has a right below it.
func (s *Session) proveEngine(ctx context.Context, mount string) error {
	if s.auth.Method != MethodToken || s.engines.has(mount) {
		return nil
	}
	is, err := s.Read(ctx, "sys/internal/ui/mounts/"+mount)
	if err != nil {
		err = fmt.Errorf("check that vault mount %s is a Transit engine: %w", mount, err)
	}
	if errors.Is(err, ErrDenied) {
		return &hintedError{error: err, hint: fmt.Sprintf("check the mount with vault secrets list: the Vault token has no right below %s/", mount)}
	}
	if err != nil {
		return err
	}
	kind, _ := is["type"].(string)
	if at, _ := is["path"].(string); kind != "transit" || at != mount+"/" {
		return &hintedError{
			error: fmt.Errorf("vault mount %s: %w (vault: type %q at %q): nothing was sent to it", mount, ErrNotTransit, clean(kind, nil), clean(at, nil)),
			hint:  "specify a key of a Transit engine: --transit-key MOUNT/NAME; vault secrets list shows the mounts",
		}
	}
	s.engines.add(mount)
	return nil
}
