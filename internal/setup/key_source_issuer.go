package setup

import (
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
)

// tryIssuer looks whether the cluster's issuer publishes its keys to everyone, as those of EKS, GKE and AKS do. Only
// then it becomes the source, for which Apply makes a proof: see keyTrial.
//
// The source is the issuer itself (oidc_discovery_url) and not the address of its keys (jwks_url): the issuer is in
// every token and stays, while its document can name another address at any time. Vault requires that the document
// names exactly that issuer, with AKS's slash at the end. This is so for all three, and is checked here.
func (s *Setup) tryIssuer(ctx context.Context) error {
	i := &s.Installation
	if s.ReadIssuer == nil {
		return nil
	}
	keys, err := s.ReadIssuer(ctx, i.Cluster.Issuer, i.KeySource.CA)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && !keys.SharesKey(i.Cluster.SigningKeys) {
		err = errors.New("its keys are not those of the API server")
	}
	if err != nil {
		s.notes = append(s.notes, i.staticNote(err))
		i.KeySource = signingkeys.Source{}
		return nil
	}
	s.keySource.candidate = &keys
	i.KeySource = signingkeys.Source{Parameter: signingkeys.Discovery, URL: i.Cluster.Issuer, CA: i.KeySource.CA}
	s.expected = append(s.expected, fmt.Sprintf("setup tries a login with %s, the issuer of the cluster's tokens; if "+
		"it fails, Vault gets static keys", described(i.KeySource)))
	return nil
}

// staticNote says that Vault gets static keys, and why.
func (i Installation) staticNote(reason error) string {
	return fmt.Sprintf("Vault gets static signing keys, because it may not be able to read them from the issuer %s "+
		"(%v): %s", i.Cluster.Issuer, reason, staticAdvice)
}

// prove verifies a new token of the account that is to log in with the keys of its issuer.
func (s *Setup) prove(ctx context.Context) error {
	i := s.Installation
	login := engine.Login{Method: i.Method, Mount: i.AuthMount, Role: sealerName,
		Account: config.Account{Name: sealerName}, Audience: i.Audience}
	token, err := login.Auth(s.Core, i.Namespaces[0]).JWT(ctx)
	if err != nil {
		return err
	}
	issuer, err := s.keySource.candidate.Verify(token)
	if err == nil && issuer != i.Cluster.Issuer {
		return fmt.Errorf("a new token has another issuer, %q", issuer)
	}
	return err
}
