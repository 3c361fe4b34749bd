package config

import (
	"context"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// Config is everything a command needs to reach Vault.
type Config struct {
	Vault      Vault
	Auth       Auth
	TransitKey Value[sealed.KeyTemplate]
}

// Auth is how to log in to Vault.
type Auth struct {
	Method         Value[transit.Method]
	Mount          Value[string]
	Role           Value[string]
	ServiceAccount Value[vaultseal.Account] // without a namespace: the Secret's
	Audience       Value[string]
	TokenFile      Value[string]
	// Token is VAULT_TOKEN, for the method token only. It is a function so
	// that printing an Auth never prints it.
	Token func() string
}

// Needs says what a command cannot do without, and as which part it acts.
type Needs struct {
	Part       Part
	TransitKey bool
}

// Load makes the Config. Its errors are *MissingError for values that nobody
// gave, *ConflictError for two different Vaults, and others that name the
// source of a value that cannot be read.
func Load(ctx context.Context, sources Sources, needs Needs) (*Config, error) {
	var data cluster
	if !sources.complete() {
		read, err := sources.ConfigMap(ctx)
		if err != nil {
			return nil, fmt.Errorf("read ConfigMap %s/%s: %w", sources.Namespace, ConfigMapName, err)
		}
		data = read
	}
	return sources.resolve(data, needs)
}

// ConfigMapName is the name of the cluster's ConfigMap.
const ConfigMapName = "vaultseal"

// DefaultNamespace is the namespace of the cluster's ConfigMap.
const DefaultNamespace = "vaultseal-system"

// complete tells whether the ConfigMap could decide nothing: only an address
// from a flag is beyond contradiction by it.
func (s Sources) complete() bool {
	if !s.fromFlag(vaultAddr).Given() || !s.fromFlag(vaultCACert).Given() {
		return false
	}
	open := []Setting{vaultNamespace, vaultServerName, authMethod, authMount, role, serviceAccount, audience, transitKey}
	for _, setting := range open {
		if !s.local(setting).Given() {
			return false
		}
	}
	return true
}

func (s Sources) resolve(data cluster, needs Needs) (*Config, error) {
	vault, err := s.vault(data)
	if err != nil {
		return nil, err
	}
	auth, err := s.auth(data, needs.Part)
	if err != nil {
		return nil, err
	}
	key, err := parsed(first(s.local(transitKey), data.value(transitKey)), sealed.ParseKeyTemplate)
	if err != nil {
		return nil, err
	}
	config := &Config{Vault: vault, Auth: auth, TransitKey: key}
	return config, config.check(needs)
}

func (s Sources) auth(data cluster, part Part) (Auth, error) {
	find := func(setting Setting, fallback string) Value[string] {
		return first(s.local(setting), data.value(setting), byDefault(fallback))
	}
	method, err := parsed(find(authMethod, string(transit.MethodKubernetes)), transit.ParseMethod)
	if err != nil {
		return Auth{}, err
	}
	auth := Auth{
		Method:    method,
		Mount:     find(authMount, string(method.Value)),
		Role:      find(part.own(role), part.role()),
		Audience:  find(audience, "vault"),
		TokenFile: s.local(tokenFile),
	}
	if method.Value == transit.MethodToken {
		token := s.fromEnv(vaultToken).Value
		auth.Token = func() string { return token }
	}
	auth.ServiceAccount, err = parsed(find(part.own(serviceAccount), auth.Role.Value), vaultseal.ParseAccount)
	if err != nil && auth.ServiceAccount.Source.Origin == FromDefault {
		return Auth{}, fmt.Errorf("%s names the ServiceAccount too: %w", auth.Role.Source, err)
	}
	if err != nil {
		return Auth{}, err
	}
	if account := &auth.ServiceAccount.Value; part == Rotator && account.Namespace == "" {
		account.Namespace = s.Namespace
	}
	return auth, nil
}

// check lists everything that is missing in one error.
func (c *Config) check(needs Needs) error {
	var missing []Setting
	if !c.Vault.Address.Given() {
		missing = append(missing, vaultAddr)
	}
	if c.Auth.Method.Value == transit.MethodToken && c.Auth.Token() == "" {
		missing = append(missing, vaultToken)
	}
	if needs.TransitKey && c.TransitKey.Value.IsZero() {
		missing = append(missing, transitKey)
	}
	if len(missing) > 0 {
		return &MissingError{Settings: missing}
	}
	return nil
}
