package main

import (
	"fmt"

	"github.com/hashicorp/go-hclog"
	jwtauth "github.com/hashicorp/vault-plugin-auth-jwt"
	kubeauth "github.com/hashicorp/vault-plugin-auth-kubernetes"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/audit"
	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

// newCore makes a Vault core that serves at address, neither initialised nor unsealed.
func newCore(o options, address string, logger hclog.Logger) (*vault.Core, error) {
	plugins := builtins{
		secrets: map[string]logical.Factory{"transit": transit.Factory, "kv": kv.Factory},
		auth:    map[string]logical.Factory{"kubernetes": kubeauth.Factory, "jwt": jwtauth.Factory},
	}
	config := &vault.CoreConfig{
		LogicalBackends:    plugins.secrets,
		CredentialBackends: plugins.auth,
		AuditBackends:      map[string]audit.Factory{"file": audit.NewFileBackend},
		BuiltinRegistry:    plugins,
		DisableMlock:       true,
		Logger:             logger,
	}
	var err error
	if o.isNode() {
		err = joinCluster(config, o, address)
	} else {
		config.Physical, err = newStorage(o.storage, logger.Named("storage"))
	}
	if err != nil {
		return nil, err
	}
	core, err := vault.NewCore(config)
	if err != nil {
		return nil, fmt.Errorf("create vault core: %w", err)
	}
	return core, nil
}

func newStorage(dir string, logger hclog.Logger) (physical.Backend, error) {
	if dir == "" {
		return inmem.NewInmem(nil, logger)
	}
	backend, err := file.NewFileBackend(map[string]string{"path": dir}, logger)
	if err != nil {
		return nil, fmt.Errorf("storage directory %s: %w", dir, err)
	}
	return backend, nil
}
