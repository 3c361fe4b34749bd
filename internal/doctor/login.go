package doctor

import (
	"context"
	"errors"
	"fmt"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"slices"
	"strings"
	"time"
)

// longLife is the TTL from which on a stolen Vault token is worth something.
const longLife = 5 * time.Minute

func (e *examination) vaultLogin(ctx context.Context) finding {
	e.session = e.vault.NewSession(e.auth)
	token, err := e.session.Token(ctx)
	if e.auth.Method == transit.MethodToken {
		return e.outsideToken(token, err)
	}
	if err != nil {
		return e.failed(err)
	}
	e.token = token
	e.know(aLogin)
	found := ok("role %s at auth/%s", e.auth.Role, e.auth.Mount)
	if len(e.audience) > 0 {
		found.summary += ", audience " + strings.Join(e.audience, ", ")
	}
	found.summary += fmt.Sprintf(", TTL %s, policies %s", life(token.TTL), strings.Join(token.Policies, ", "))
	role := fmt.Sprintf("vault write auth/%s/role/%s", printable.Word(e.auth.Mount), printable.Word(e.auth.Role))
	if long(token.TTL) {
		found.worry(role+" token_ttl=10s", "the Vault token should live for seconds")
	}
	if slices.Contains(token.Policies, "default") {
		found.worry(role+` token_no_default_policy=true, once a policy of its own has "update" on auth/token/revoke-self and sys/capabilities-self`, "the default policy gives it rights that it does not need")
	}
	return found
}

// outsideToken judges a token that nobody here has logged in for.
func (e *examination) outsideToken(token transit.TokenInfo, err error) finding {
	if errors.Is(err, transit.ErrDenied) {
		e.know(aLogin)
		found := ok("the token in VAULT_TOKEN")
		found.worry(policyHint("auth/token/lookup-self", "read", nil), "it may not be looked up: whether it is good, the next checks show")
		return found
	}
	if err != nil {
		return e.failed(err)
	}
	e.token = token
	e.know(aLogin)
	found := ok("the token in VAULT_TOKEN, TTL %s, policies %s", life(token.TTL), strings.Join(token.Policies, ", "))
	if long(token.TTL) {
		found.worry("leave --vault-auth-method=token to administrators: the kubernetes and jwt methods log in for seconds and keep nothing", "it is not revoked at the end and is good for long")
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
