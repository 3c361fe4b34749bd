package transit

import (
	"context"
	"fmt"
	"sync"
)

// engines remembers the mounts that are proven to be Transit engines.
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

// EngineUnknownError says that Vault did not tell which engine is at a mount.
type EngineUnknownError struct {
	Mount string
	Err   error // ErrDenied: the token has no right below the mount
}

func (e *EngineUnknownError) Error() string {
	return fmt.Sprintf("check that vault mount %s is a Transit engine: %v", e.Mount, e.Err)
}

// Unwrap returns what Vault answered.
func (e *EngineUnknownError) Unwrap() error { return e.Err }

// NotTransitError is the [ErrNotTransit] of a mount.
type NotTransitError struct {
	Mount string
	Type  string // the engine that Vault has there
	At    string // the mount as Vault names it
}

func (e *NotTransitError) Error() string {
	return fmt.Sprintf("vault mount %s: %v (vault: type %q at %q): nothing was sent to it",
		e.Mount, ErrNotTransit, e.Type, e.At)
}

// Unwrap returns ErrNotTransit.
func (e *NotTransitError) Unwrap() error { return ErrNotTransit }

// mountInformation is followed by a mount. It needs no rule in a policy: Vault answers every token with a right below
// the mount.
const mountInformation = "sys/internal/ui/mounts/"

// proveEngine makes sure that plaintext goes to a Transit engine only. Another engine may store it: a key-value engine
// accepts any path. The policies of a role limit a token from a login, but a token from outside may be an
// administrator's.
func (s *Session) proveEngine(ctx context.Context, mount string) error {
	if s.auth.Method != MethodToken || s.engines.has(mount) {
		return nil
	}
	is, err := s.Read(ctx, mountInformation+mount)
	if err != nil {
		return &EngineUnknownError{Mount: mount, Err: err}
	}
	kind, _ := is["type"].(string)
	if at, _ := is["path"].(string); kind != "transit" || at != mount+"/" {
		return &NotTransitError{Mount: mount, Type: clean(kind, nil), At: clean(at, nil)}
	}
	s.engines.add(mount)
	return nil
}
