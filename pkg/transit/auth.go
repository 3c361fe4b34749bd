package transit

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Method is how a session gets its Vault token.
type Method string

// The methods.
const (
	MethodKubernetes Method = "kubernetes" // POST auth/MOUNT/login with a ServiceAccount's token
	MethodJWT        Method = "jwt"        // the same request, to Vault's jwt method
	MethodToken      Method = "token"      // a Vault token from outside; used, never revoked
)

// ParseMethod reads a method's name.
func ParseMethod(s string) (Method, error) {
	switch m := Method(s); m {
	case MethodKubernetes, MethodJWT, MethodToken:
		return m, nil
	}
	return "", fmt.Errorf("vault auth method %q: want kubernetes, jwt or token", s)
}

// ParseAuthMount reads the path of an auth method below auth/. It becomes part of request paths.
func ParseAuthMount(s string) (string, error) {
	for part := range strings.SplitSeq(s, "/") {
		if err := checkSegment(part); err != nil {
			return "", fmt.Errorf("vault auth mount %q: %w", s, err)
		}
	}
	return s, nil
}

// Auth says how a session authenticates.
type Auth struct {
	Method Method
	Mount  string // where the method is mounted below auth/; empty: the method's name
	Role   string
	// JWT returns the token to log in with. It is called once for each login. Its context ends when the session is
	// closed or no request waits for the login.
	JWT   func(ctx context.Context) (string, error)
	Token string // for MethodToken only
}

// Format hides the token from every verb of package fmt.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.redacted()) }

// LogValue hides the token from log/slog.
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.redacted()) }

// MarshalText hides the token from encoders.
func (a Auth) MarshalText() ([]byte, error) { return []byte(a.redacted()), nil }

func (a Auth) redacted() string {
	return fmt.Sprintf("vault auth %s at %q with role %q", a.Method, a.mount(), a.Role)
}

func (a Auth) mount() string {
	if a.Mount == "" {
		return string(a.Method)
	}
	return a.Mount
}
