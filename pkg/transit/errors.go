package transit

import (
	"errors"
	"fmt"
	"time"
)

// The kinds of errors, for errors.Is. The text of an error says what was tried and what Vault answered; its type and
// fields have the key, path and role.
var (
	// ErrDenied: the token is good and its policies do not allow the operation. Vault also answers so for
	// a key that does not exist, unless the policy would let the operation create it.
	ErrDenied = errors.New("denied by vault policy")
	// ErrUnauthenticated: the login was refused, or the token is not one of this Vault.
	ErrUnauthenticated = errors.New("not authenticated to vault")
	// ErrEmptyToken is the ErrUnauthenticated of a token from outside that is empty.
	ErrEmptyToken = fmt.Errorf("%w: the token is empty", ErrUnauthenticated)
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
	// ErrUnauthentic is the ErrTampered of a well-formed ciphertext: Vault tried to open it, and authentication failed.
	ErrUnauthentic = fmt.Errorf("%w", ErrTampered)
	// ErrContextRequired: the key is derived, and the item had no context.
	ErrContextRequired = errors.New("transit key is derived and needs a context")
	// ErrUnreachable: no answer from Vault: connection, DNS, time limit, a gateway's 502, 503 or 504, or a redirect.
	ErrUnreachable = errors.New("vault is unreachable")
	// ErrNotCurrent: even the active node rewrapped with an older key version than asked for.
	ErrNotCurrent = errors.New("vault answered with an older key version")
	// ErrRotationUnknown: the answer to a key's rotation was lost, and the key may have a new version.
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

// RefusedError is an answer of Vault that refuses a request, or an item of a batch.
type RefusedError struct {
	Op     string // what was tried: "decrypt with transit key transit/app"
	Kind   error  // one of the sentinels, or nil
	Detail string // Vault's words and the status, cleaned

	Path       string // of Vault's API, below /v1/
	Capability string // what the token's policies must allow at Path: "read", "update"
	Key        Key    // zero where the request is about none
	AuthMount  string // of a login, else empty
	Role       string // of a login; others may have chosen it

	KeyProblem KeyProblem    // of a login: what is wrong with the token's signature
	RetryAfter time.Duration // how long Vault asks to wait; 0: it does not say
}

// triedFor formats for how long a request was retried.
func triedFor(form string, waited time.Duration) string {
	if waited < time.Second {
		return ""
	}
	return fmt.Sprintf(form, "tried again for "+waited.Round(time.Second).String())
}

func (e *RefusedError) Error() string {
	switch {
	case e.Kind == nil:
		return fmt.Sprintf("%s: vault answered %s", e.Op, e.Detail)
	case e.Detail == "":
		return fmt.Sprintf("%s: %s", e.Op, e.Kind)
	}
	return fmt.Sprintf("%s: %s (vault: %s)", e.Op, e.Kind, e.Detail)
}

// Unwrap returns the sentinel.
func (e *RefusedError) Unwrap() error { return e.Kind }

// EndedError is the end of the caller's context while an answer was awaited.
type EndedError struct {
	Op      string
	Reached bool // the request may have been carried out
	Err     error
}

func (e *EndedError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the context's error.
func (e *EndedError) Unwrap() error { return e.Err }
