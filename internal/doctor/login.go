package doctor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// longLife is the shortest TTL that makes a stolen Vault token valuable.
const longLife = 5 * time.Minute

func (e *examination) vaultLogin(ctx context.Context) finding {
	e.session = e.vault.NewSession(e.auth)
	token, err := e.session.Token(ctx)
	if e.auth.Method == transit.MethodToken {
		return e.outsideToken(token, err)
	}
	if err != nil {
		return failed(err)
	}
	e.token = token
	e.know(aLogin)
	found := ok("role %s at auth/%s", name{aRole, e.auth.Role}, name{aMount, e.auth.Mount})
	if len(e.audience) > 0 {
		found.say(", audience %s", names{kind: anAudience, texts: e.audience})
	}
	found.say(", TTL %s, policies %s", word(life(token.TTL)), names{kind: aPolicy, texts: token.Policies})
	if long(token.TTL) {
		found.worry(&LongTokenError{AuthMount: e.auth.Mount, Role: e.auth.Role})
	}
	if slices.Contains(token.Policies, "default") {
		found.worry(&DefaultPolicyError{AuthMount: e.auth.Mount, Role: e.auth.Role})
	}
	return found
}

// outsideToken checks a token that this process has not logged in for.
func (e *examination) outsideToken(token transit.TokenInfo, err error) finding {
	if errors.Is(err, transit.ErrDenied) {
		e.know(aLogin)
		found := ok("the token in VAULT_TOKEN")
		found.worry(&PolicyError{
			Path: "auth/token/lookup-self", Capability: "read",
			Consequence: "it may not be looked up: the next checks show whether it is good",
		})
		return found
	}
	if err != nil {
		return failed(err)
	}
	e.token = token
	e.know(aLogin)
	found := ok("the token in VAULT_TOKEN, TTL %s, policies %s", word(life(token.TTL)),
		names{kind: aPolicy, texts: token.Policies})
	if long(token.TTL) {
		found.worry(ErrLongOutsideToken)
	}
	return found
}

func long(ttl time.Duration) bool { return ttl == 0 || ttl > longLife }

func life(ttl time.Duration) string {
	if ttl == 0 {
		return "none"
	}
	return ttl.String()
}
