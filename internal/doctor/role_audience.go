package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// RoleAudienceError reports a role that does not check the audience of tokens.
type RoleAudienceError struct {
	Method          transit.Method
	AuthMount, Role string
	Audience        string // that it should require
}

func (e *RoleAudienceError) Error() string { return e.phrase().String() }

func (e *RoleAudienceError) phrase() phrase {
	return say("the role accepts tokens of every audience, so a token that the account has for another server logs " +
		"in to Vault")
}

// roleAudience logs in with a token of the account for an audience that no one has. That must fail. Such a token is
// good for nothing but a role that does not check audiences, so sending it gives Vault nothing that the login before
// did not. Vault's token is revoked at once if there is one.
func (e *examination) roleAudience(ctx context.Context) finding {
	login := engine.LoginOf(e.settings.Auth)
	login.Audience = "vaultseal-doctor-" + strings.ToLower(rand.Text())
	session := e.vault.NewSession(login.Auth(e.cluster.Core, e.namespace()))
	_, err := session.Token(ctx)
	switch {
	case errors.Is(err, transit.ErrUnauthenticated):
		return ok("the role refuses a token of another audience")
	case err != nil:
		return skipped("not known: %v", err)
	}
	found := ok("no audience is required")
	found.worry(&RoleAudienceError{Method: login.Method, AuthMount: e.auth.Mount, Role: e.auth.Role,
		Audience: e.settings.Auth.Audience.Value})
	if err := e.close(ctx, session); err != nil {
		e.unrevoked = append(e.unrevoked, fmt.Errorf("a token of the check %s: %w", RoleAudience, err))
	}
	return found
}
