package doctor

import (
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// KeysProblem is what is wrong with the signing keys in Vault's configuration.
type KeysProblem string

// The problems.
const (
	NoKeys           KeysProblem = "no keys"
	UnknownStaticKey KeysProblem = "unknown static key"
	UnknownReadKey   KeysProblem = "unknown key at a URL"
	OtherIssuer      KeysProblem = "other issuer"
	AnyIssuer        KeysProblem = "any issuer"
	UnsafeURL        KeysProblem = "unsafe URL"
)

// SigningKeysError reports signing keys in the configuration of the jwt method that are not the cluster's, or not safe.
type SigningKeysError struct {
	AuthMount string
	Problem   KeysProblem
	At        string // the URL, or the other issuer
	Keys      int    // that were tried
	Issuer    string // of the token
}

func (e *SigningKeysError) Error() string { return e.phrase().String() }

func (e *SigningKeysError) phrase() phrase {
	mount := name{aMount, e.AuthMount}
	switch e.Problem {
	case NoKeys:
		return say("auth/%s has no configuration", mount)
	case UnknownStaticKey:
		return say("the token is signed with none of the %d static keys in auth/%s/config", e.Keys, mount)
	case UnknownReadKey:
		return say("the token is signed with none of the %d keys at %s, which Vault reads", e.Keys,
			name{anAddress, e.At})
	case OtherIssuer:
		return say("the token's issuer is %s, and auth/%s accepts those of %s", name{anAddress, e.Issuer}, mount,
			name{anAddress, e.At})
	case AnyIssuer:
		return say("auth/%s accepts tokens of any issuer with these keys", mount)
	case UnsafeURL:
	}
	return say("anyone on the way can answer with keys of their own")
}

// Unwrap returns the kind of the failure that a login has.
func (e *SigningKeysError) Unwrap() error {
	if e.Problem == AnyIssuer || e.Problem == UnsafeURL {
		return nil
	}
	return fmt.Errorf("auth/%s: %w", e.AuthMount, transit.ErrUnauthenticated)
}
