package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/pkg/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
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
	ServiceAccount Value[Account] // without a namespace: the Secret's
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
	// What cannot be meant is said before anybody is asked.
	if err := sources.checkFlags(); err != nil {
		return nil, err
	}
	var meaningless *ValueError
	if _, err := sources.resolve(nil, Needs{Part: needs.Part}); errors.As(err, &meaningless) && !meaningless.implied {
		return nil, err
	}
	var data cluster
	if sources.Namespace != "" && !sources.complete() {
		read, err := sources.ConfigMap(ctx)
		if err != nil {
			return nil, fmt.Errorf("read ConfigMap %s/%s: %w", sources.Namespace, ConfigMapName, err)
		}
		data = read
	}
	if sources.PlainServer == "" {
		return sources.resolve(data, needs)
	}
	config, err := sources.resolve(data.withoutVault(), needs)
	var missing *MissingError
	if errors.As(err, &missing) && data.value(vaultAddr).Given() {
		missing.PlainServer = sources.PlainServer
	}
	return config, err
}

// checkFlags refuses a flag that is given and empty, as "$UNSET" is in a shell:
// what it was to say must not be taken from elsewhere.
func (s Sources) checkFlags() error {
	for _, setting := range []Setting{
		vaultAddr, vaultCACert, vaultNamespace, vaultServerName, vaultProxy, authMethod, authMount,
		role, serviceAccount, audience, tokenFile, transitKey,
	} {
		if value := s.fromFlag(setting); value.Given() && value.Value == "" {
			return &ValueError{Source: value.Source, Err: errors.New("it is empty")}
		}
	}
	return nil
}

// ConfigMapName is the name of the cluster's ConfigMap.
const ConfigMapName = "vaultseal"

// DefaultAudience is that of the tokens that Vault takes.
const DefaultAudience = "vault"

// DefaultNamespace is the namespace of the cluster's ConfigMap.
const DefaultNamespace = "vaultseal-system"

// complete tells whether the ConfigMap could decide nothing: only an address
// from a flag is beyond contradiction by it.
func (s Sources) complete() bool {
	if !s.fromFlag(vaultAddr).Given() || !s.fromFlag(vaultCACert).Given() {
		return false
	}
	for _, setting := range []Setting{vaultNamespace, vaultServerName} {
		if !s.fromFlag(setting).Given() {
			return false
		}
	}
	for _, setting := range []Setting{vaultProxy, authMethod, authMount, role, serviceAccount, audience, transitKey} {
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
		Audience:  find(audience, DefaultAudience),
		TokenFile: s.fromFlag(tokenFile),
	}
	if !s.fromFlag(serviceAccount).Given() { // which the variable would silently overrule
		auth.TokenFile = first(auth.TokenFile, s.fromEnv(tokenFile))
	}
	if method.Value == transit.MethodToken {
		token := s.fromEnv(vaultToken).Value
		auth.Token = func() string { return token }
	}
	if method.Value == transit.MethodToken || auth.TokenFile.Given() {
		return auth, nil // no ServiceAccount is asked for a token
	}
	auth.ServiceAccount, err = s.account(find(part.own(serviceAccount), auth.Role.Value), part)
	if auth.ServiceAccount.Source.Origin == FromDefault && err != nil {
		err = &ValueError{Source: auth.Role.Source, Err: fmt.Errorf("the role names the ServiceAccount too: %w", err), implied: true}
	}
	return auth, err
}

// account is whose token buys the Vault token; it has its source also beside an error.
func (s Sources) account(text Value[string], part Part) (Value[Account], error) {
	account, err := ParseAccount(text.Value)
	if err != nil {
		if text.Source.Origin != FromDefault {
			err = &ValueError{Source: text.Source, Err: err}
		}
		return Value[Account]{Source: text.Source}, err
	}
	if part == Rotator && account.Namespace == "" {
		account.Namespace = cmp.Or(s.Namespace, DefaultNamespace)
	}
	return Value[Account]{Value: account, Source: text.Source}, nil
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
