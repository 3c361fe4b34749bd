package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// accountTokenNeeds leaves the API server out where a token comes from a file or from outside.
func (e *examination) accountTokenNeeds() []fact {
	if e.settings == nil {
		return []fact{aConfiguration}
	}
	if auth := e.settings.Auth; auth.Method.Value == transit.MethodToken || auth.TokenFile.Given() {
		return []fact{aConfiguration}
	}
	return []fact{aConfiguration, anAPIServer}
}

// accountToken gets the token that is exchanged for a Vault token, and keeps it in memory.
func (e *examination) accountToken(ctx context.Context) finding {
	login := engine.LoginOf(e.settings.Auth)
	e.auth = login.Auth(e.cluster.Core, e.namespace())
	if login.Method == transit.MethodToken {
		e.know(anIdentity)
		return skipped("not needed: VAULT_TOKEN holds a Vault token")
	}
	jwt, err := e.auth.JWT(ctx)
	if err != nil {
		return noAccountToken(login, err)
	}
	said, readable := parseClaims(jwt)
	if login.TokenFile != "" {
		return e.judgeTokenFile(login, said, readable)
	}
	e.know(anIdentity)
	if !readable {
		return ok("ServiceAccount %s", login.Account.In(e.namespace()))
	}
	e.audience = said.audience
	return ok("ServiceAccount %s, audience %s, good for %s", login.Account.In(e.namespace()),
		strings.Join(said.audience, ", "), said.lifetime())
}

func noAccountToken(login engine.Login, err error) finding {
	var audience *kube.TokenAudienceError
	if login.TokenFile != "" && !errors.As(err, &audience) {
		return failed(&TokenFileError{Audience: login.Audience, Err: err})
	}
	return failed(err)
}

// judgeTokenFile checks a token that came from outside.
func (e *examination) judgeTokenFile(login engine.Login, said claims, readable bool) finding {
	problem := func(format string, args ...any) error {
		return &TokenFileError{Audience: login.Audience, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case !readable:
		return failed(problem("%s holds no ServiceAccount token", login.TokenFile))
	case !said.expires.IsZero() && !e.Now().Before(said.expires):
		return failed(problem("the token in %s has expired at %s", login.TokenFile, said.expires.Format(time.RFC3339)))
	}
	e.know(anIdentity)
	e.audience = said.audience
	found := ok("%s in %s, audience %s", said.subject, login.TokenFile, strings.Join(said.audience, ", "))
	if !said.expires.IsZero() {
		found.summary += ", until " + said.expires.Format(time.RFC3339)
	}
	if !slices.Contains(said.audience, login.Audience) {
		found.worry(problem("the audience should be %s", login.Audience))
	}
	return found
}
