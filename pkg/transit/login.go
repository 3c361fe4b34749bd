package transit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// maxMargin is how long before its end a token is replaced, or a quarter of its life if that is less. A token that
// lives for one second can then be used for most of it.
const maxMargin = 2 * time.Second

// lease is a Vault token and its times.
type lease struct {
	token     string
	renewAt   time.Time // log in again from here on; zero: never
	expiresAt time.Time // zero: never
	outside   bool      // given, not logged in for: neither replaced nor revoked
	batch     bool      // a batch token cannot be revoked

	ttl      time.Duration // as Vault said; 0: it does not lapse
	policies []string
}

func newLease(token string, ttl time.Duration, sent time.Time) *lease {
	l := &lease{token: token, ttl: ttl}
	if ttl > 0 {
		// Counted from when the login was sent: the token's life started later.
		l.expiresAt = sent.Add(ttl)
		l.renewAt = l.expiresAt.Add(-min(maxMargin, ttl/4))
	}
	return l
}

func (l *lease) due(now time.Time) bool     { return !l.renewAt.IsZero() && !now.Before(l.renewAt) }
func (l *lease) expired(now time.Time) bool { return !l.expiresAt.IsZero() && !now.Before(l.expiresAt) }

// loginAnswer is the part of a login's answer that is used.
type loginAnswer struct {
	Auth *struct {
		ClientToken    string          `json:"client_token"`
		LeaseDuration  int64           `json:"lease_duration"` // seconds
		TokenType      string          `json:"token_type"`
		Policies       []string        `json:"policies"`
		MFARequirement json.RawMessage `json:"mfa_requirement"`
	} `json:"auth"`
}

// login gets a new JWT and exchanges it for a Vault token. After the request is sent it waits for the answer, even if
// ctx ends, so that no token is left without revocation.
func (s *Session) login(ctx context.Context) (*lease, error) {
	r, err := s.loginRequest(ctx)
	if err != nil {
		return nil, err
	}
	sent := s.now()
	a, err := s.client.do(ctx, r)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, r.refusedLogin(a)
	}
	var body loginAnswer
	if err := json.Unmarshal(a.body, &body); err != nil || body.Auth == nil {
		return nil, fmt.Errorf("%s: vault answered without a token", r.op)
	}
	if body.Auth.ClientToken == "" {
		if len(body.Auth.MFARequirement) > 0 && string(body.Auth.MFARequirement) != "null" {
			return nil, fmt.Errorf("%s: %w: the role asks for multi-factor login", r.op, ErrUnauthenticated)
		}
		return nil, fmt.Errorf("%s: vault answered without a token", r.op)
	}
	l := newLease(body.Auth.ClientToken, time.Duration(body.Auth.LeaseDuration)*time.Second, sent)
	l.batch = body.Auth.TokenType == "batch"
	l.policies = body.Auth.Policies
	return l, nil
}

func (s *Session) loginRequest(ctx context.Context) (*request, error) {
	mount := s.auth.mount()
	op := fmt.Sprintf("log in to vault at auth/%s with role %q", mount, s.auth.Role)
	if s.auth.Method != MethodKubernetes && s.auth.Method != MethodJWT {
		return nil, fmt.Errorf("log in to vault: method %q has no login", s.auth.Method)
	}
	if _, err := ParseAuthMount(mount); err != nil {
		return nil, err
	}
	if s.auth.JWT == nil {
		return nil, fmt.Errorf("%s: no token to log in with", op)
	}
	s.client.connectAhead(ctx)
	jwt, err := s.auth.JWT(ctx)
	if err != nil {
		return nil, err // vault has not been asked yet
	}
	jwt = strings.TrimSpace(jwt)
	if jwt == "" {
		return nil, fmt.Errorf("%s: the token to log in with is empty", op)
	}
	body, err := json.Marshal(map[string]string{"role": s.auth.Role, "jwt": jwt})
	if err != nil {
		return nil, fmt.Errorf("%s: cannot build the request", op)
	}
	return &request{
		op: op, method: http.MethodPost, path: "auth/" + mount + "/login", body: body,
		jwt: jwt, role: s.auth.Role, login: true, uninterrupted: true,
		urgent: true, // an urgent request may wait for it
	}, nil
}

// outsideLease is the lease of a token from outside.
func outsideLease(token string) (*lease, error) {
	token = strings.TrimSpace(token)
	if token == "" {
		return nil, ErrEmptyToken
	}
	if strings.ContainsFunc(token, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return nil, fmt.Errorf("%w: the token has characters that a Vault token cannot have", ErrUnauthenticated)
	}
	return &lease{token: token, outside: true}, nil
}

// revoke ends a token. It is not an error if Vault no longer knows the token, or cannot revoke it. It is an error if
// the role's policy does not allow the token to revoke itself.
func (c *Client) revoke(ctx context.Context, l *lease) error {
	r := &request{
		op: "revoke the vault token", method: http.MethodPost, path: "auth/token/revoke-self",
		token: l.token, urgent: true,
	}
	a, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	messages, _ := a.messages()
	switch {
	case a.status < 300, a.status == http.StatusBadRequest, l.expired(c.now()),
		a.status == http.StatusForbidden && saysInvalidToken(messages):
		return nil
	}
	return r.refusal(a)
}

var errAbandoned = errors.New("login cancelled: no request waits for it")
