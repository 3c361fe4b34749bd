package plugin

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// authConfigReader reads the configuration of an auth mount with the token in VAULT_TOKEN; nil: it is not set. As for
// setup, the token is sent only to a Vault that flags or the environment describe.
func (g *globals) authConfigReader() func(ctx context.Context, mount string) (map[string]any, error) {
	token, _ := g.process.LookupEnv(config.VaultToken.Env)
	if token == "" {
		return nil
	}
	return func(ctx context.Context, mount string) (map[string]any, error) {
		_, core, _, err := g.clusterClient()
		if err != nil {
			return nil, err
		}
		settings, err := config.Load(ctx, g.sources(ctx, core), config.Needs{Part: config.Sealer, Setup: true})
		if err != nil {
			return nil, err
		}
		client, err := g.newVaultClient(ctx, settings.Vault, g.timeout)
		if err != nil {
			return nil, err
		}
		session := client.NewSession(transit.Auth{Method: transit.MethodToken, Token: token})
		return session.Read(ctx, "auth/"+mount+"/config")
	}
}
