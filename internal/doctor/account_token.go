package doctor

import (
	"context"
	"errors"
	"slices"

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
	e.know(anIdentity, aRequestedToken)
	if !readable {
		return ok("ServiceAccount %s", login.Account.In(e.namespace()))
	}
	e.audience = said.audience
	found := ok("ServiceAccount %s, audience %s, good for %s", login.Account.In(e.namespace()),
		names{kind: anAudience, texts: said.audience}, said.lifetime())
	if !said.issued.IsZero() && !said.expires.IsZero() && said.lifetime() != kube.TokenLifetime {
		found.worry(&TokenLifetimeError{Requested: kube.TokenLifetime, Granted: said.lifetime()})
	}
	return found
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
	problem := func(format string, values ...any) error {
		told := say(format, values...)
		return &TokenFileError{Audience: login.Audience, Problem: told.String(), told: told}
	}
	file := name{aFile, login.TokenFile}
	switch {
	case !readable:
		return failed(problem("%s holds no ServiceAccount token", file))
	case !said.expires.IsZero() && !e.Now().Before(said.expires):
		return failed(problem("the token in %s has expired at %s", file, moment(said.expires)))
	}
	e.know(anIdentity)
	e.audience = said.audience
	found := ok("%s in %s, audience %s", name{aUser, said.subject}, file, names{kind: anAudience, texts: said.audience})
	if !said.expires.IsZero() {
		found.say(", until %s", moment(said.expires))
	}
	if !slices.Contains(said.audience, login.Audience) {
		found.worry(problem("the audience should be %s", name{anAudience, login.Audience}))
	}
	return found
}
