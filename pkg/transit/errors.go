package transit

import (
	"errors"
	"fmt"
	"time"
)

// What can go wrong, to be tested with errors.Is. The error that carries one of them says what was tried,
// with which key, and what Vault answered; where an action helps, it has a method Hint() string.
var (
	// ErrDenied: the token is good and its policies do not allow the operation. Vault also answers so for
	// a key that does not exist, unless the policy would let the operation create it.
	ErrDenied = errors.New("denied by vault policy")
	// ErrUnauthenticated: the login was refused, or the token is not one of this Vault.
	ErrUnauthenticated = errors.New("not authenticated to vault")
	// ErrSealed: Vault is sealed, or not initialised.
	ErrSealed = errors.New("vault is sealed")
	// ErrKeyNotFound: there is no such key, or no Transit engine at its mount.
	ErrKeyNotFound = errors.New("transit key not found")
	// ErrNotTransit: another engine than Transit is at the key's mount.
	ErrNotTransit = errors.New("not a Transit engine")
	// ErrVersionRetired: the ciphertext is older than the key's min_decryption_version.
	ErrVersionRetired = errors.New("its version is older than the key's min_decryption_version")
	// ErrVersionTooNew: the ciphertext names a version that the key does not have yet.
	ErrVersionTooNew = errors.New("key version is newer than the key's latest")
	// ErrTampered: the ciphertext does not authenticate under this key and context.
	ErrTampered = errors.New("ciphertext does not authenticate")
	// ErrUnauthentic is the ErrTampered of a well-formed ciphertext: Vault tried to open it, and its authentication failed.
	ErrUnauthentic = fmt.Errorf("%w", ErrTampered)
	// ErrContextRequired: the key is derived, and the item had no context.
	ErrContextRequired = errors.New("transit key is derived and needs a context")
	// ErrUnreachable: no answer from Vault: connection, DNS, time limit, a gateway's 502, 503 or 504, or a redirect.
	ErrUnreachable = errors.New("vault is unreachable")
	// ErrNotCurrent: a rewrap came back with an older key version than asked for, also from the active node.
	ErrNotCurrent = errors.New("vault answered with an older key version")
	// ErrRotationUnknown: the answer to a key's rotation was lost, and so is what the key is now: it may have a new version.
	ErrRotationUnknown = errors.New("it is not known whether the key was rotated")
	// ErrTooLarge: Vault, or a proxy in front of it, refuses a request for its size.
	ErrTooLarge = errors.New("request too large")
	// ErrClosed: the session was closed.
	ErrClosed = errors.New("vault session is closed")
	// ErrRateLimited: a quota of Vault refused the request, and again after waiting.
	ErrRateLimited = errors.New("vault rate limit exceeded")
)

// UnsuitableKeyError says why a transit key cannot seal.
type UnsuitableKeyError struct {
	Key    Key
	Reason string
}

func (e *UnsuitableKeyError) Error() string {
	return fmt.Sprintf("transit key %s cannot seal: %s", e.Key, e.Reason)
}

// Hint says which keys can.
func (e *UnsuitableKeyError) Hint() string {
	return "use a key of type aes256-gcm96 (or aes128-gcm96, chacha20-poly1305) without convergent encryption; a key's type cannot be changed"
}

// answerError is an answer of Vault that refuses a request or an item of a batch.
type answerError struct {
	op     string // what was tried: "decrypt with transit key transit/app"
	kind   error  // one of the sentinels, or nil
	detail string // Vault's words and the status, cleaned
	hint   string
}

// triedFor says in that form for how long a request was sent again.
func triedFor(form string, waited time.Duration) string {
	if waited < time.Second {
		return ""
	}
	return fmt.Sprintf(form, "tried again for "+waited.Round(time.Second).String())
}

func (e *answerError) Error() string {
	switch {
	case e.kind == nil:
		return fmt.Sprintf("%s: vault answered %s", e.op, e.detail)
	case e.detail == "":
		return fmt.Sprintf("%s: %s", e.op, e.kind)
	}
	return fmt.Sprintf("%s: %s (vault: %s)", e.op, e.kind, e.detail)
}

func (e *answerError) Unwrap() error { return e.kind }
func (e *answerError) Hint() string  { return e.hint }

// unreachableError is the lack of an answer.
type unreachableError struct {
	op      string
	address string
	through string // a proxy
	reached bool   // the request may have been carried out
	late    bool   // the time limit of an attempt passed
	standby bool   // a standby redirects to the active node

	unwritten bool // the connection ended while the request was being sent

	answered bool // a server did answer, with a status that says that it cannot serve this request now

	reason string
	err    error // what the network said; nil when reason says it all
	hint   string
	waited time.Duration // for how long the request was sent again
}

func (e *unreachableError) Error() string {
	reason := e.reason
	if e.err != nil {
		reason += e.err.Error()
	}
	reason += triedFor(" (%s)", e.waited)
	if e.through != "" {
		reason = "through the proxy " + e.through + ": " + reason
	}
	return fmt.Sprintf("%s: %s at %s: %s", e.op, ErrUnreachable, e.address, reason)
}

func (e *unreachableError) Unwrap() []error {
	if e.err == nil {
		return []error{ErrUnreachable}
	}
	return []error{ErrUnreachable, e.err}
}

func (e *unreachableError) Hint() string { return e.hint }

// endedError is the end of the caller's context while an answer was awaited.
type endedError struct {
	op      string
	reached bool // the request may have been carried out
	err     error
}

func (e *endedError) Error() string { return e.op + ": " + e.err.Error() }
func (e *endedError) Unwrap() error { return e.err }

// hintedError adds what to do to an error that says enough itself.
type hintedError struct {
	error
	hint string
}

func (e *hintedError) Unwrap() error { return e.error }
func (e *hintedError) Hint() string  { return e.hint }
