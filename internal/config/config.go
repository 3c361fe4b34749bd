package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Config is everything a command needs to reach Vault.
type Config struct {
	Vault      Vault
	Auth       Auth
	TransitKey Value[sealed.KeyTemplate]
	// ConfiguredKey is the ConfigMap's transit key, even if it decides nothing.
	ConfiguredKey Value[string]
	// AudienceIgnored: the ConfigMap has the key audience of older versions, with another value than the effective one.
	AudienceIgnored bool
}

// Auth is how to log in to Vault.
type Auth struct {
	Method         Value[transit.Method]
	Mount          Value[string]
	Role           Value[string]
	ServiceAccount Value[Account] // without a namespace: in the Secret's
	Audience       Value[string]
	TokenFile      Value[string]
	// Token returns VAULT_TOKEN, for the method token only. It is a function so that printing an Auth never prints the
	// token.
	Token func() string
}

// Needs are the settings that a command requires, and the part that it acts as.
type Needs struct {
	Part       Part
	TransitKey bool
	// Setup uses only the auth method and mount of the ConfigMap, which Vault must confirm, because it writes with an
	// administrator's token.
	Setup bool
	// NoLogin: no token is sent to Vault, whatever the method.
	NoLogin bool
	// TokenFile: without an API server, no ServiceAccount token can be requested.
	TokenFile bool
}

// Load returns the Config. Its errors are *MissingError for missing values, *UnsaidError for values that only the
// ConfigMap has for a Vault that gets a token from outside, *ConflictError for two different Vaults, and others that
// name the source of an invalid value.
func Load(ctx context.Context, sources Sources, needs Needs) (*Config, error) {
	// Report invalid values before reading the ConfigMap.
	if err := sources.checkFlags(); err != nil {
		return nil, err
	}
	if _, err := sources.resolve(nil, Needs{Part: needs.Part}); isInvalid(err) {
		return nil, err
	}
	var data cluster
	if sources.Namespace != "" && (needs.Setup || !sources.complete()) {
		read, err := sources.ConfigMap(ctx)
		if err != nil {
			return nil, fmt.Errorf("read ConfigMap %s/%s: %w", sources.Namespace, ConfigMapName, err)
		}
		data = read
	}
	config, err := sources.load(data, needs)
	if config != nil {
		config.ConfiguredKey = data.value(TransitKey)
		config.AudienceIgnored = config.Auth.ignores(data)
	}
	return config, err
}

// isInvalid reports whether an error is about a value that no ConfigMap can replace.
func isInvalid(err error) bool {
	var meaningless *ValueError
	var skip *SkipVerifyError
	return errors.As(err, &skip) || errors.As(err, &meaningless) && !meaningless.implied
}

// load uses the ConfigMap for what it may decide.
func (s Sources) load(data cluster, needs Needs) (*Config, error) {
	outside := s.sendsOutside(needs)
	usable := data
	switch {
	case s.UnverifiedServer != "":
		usable = data.withoutVault()
	case outside:
		usable = s.forOutside(data)
	}
	config, err := s.resolve(usable, needs)
	var missing *MissingError
	switch {
	case errors.As(err, &missing):
		missing.NoConfigMap = s.Namespace == ""
		missing.ForOpenBao = s.setForOpenBao(missing.Settings)
	case err != nil:
		return nil, err
	}
	switch {
	case s.UnverifiedServer != "":
		if missing != nil && data.value(VaultAddr).Given() {
			missing.UnverifiedServer = s.UnverifiedServer
		}
	case outside:
		unsaid, conflict := s.compareOutside(config.Vault, data)
		if conflict = cmp.Or(conflict, checkProxy(config.Vault)); conflict != nil {
			return nil, conflict
		}
		if missing != nil {
			missing.Unsaid, missing.Outside = unsaid, true
		} else if len(unsaid) > 0 {
			return nil, &UnsaidError{Unsaid: unsaid}
		}
	}
	return config, err
}

// checkFlags refuses a flag with an empty value, such as "$UNSET" in a shell: its value must not come from another
// source.
func (s Sources) checkFlags() error {
	for _, setting := range Settings() {
		if value := s.fromFlag(setting); setting != ConfigNamespace && value.Given() && value.Value == "" {
			return &ValueError{Source: value.Source, Err: errors.New("it is empty")}
		}
	}
	return nil
}

// complete reports whether the ConfigMap cannot decide anything. Only an address from a flag excludes a conflict with
// it.
func (s Sources) complete() bool {
	for _, setting := range Settings() {
		switch {
		case setting.Trusted:
			if !s.fromFlag(setting).Given() {
				return false
			}
		case setting.Key != "" || setting == Audience: // an old key audience is noted
			if !s.local(setting).Given() {
				return false
			}
		}
	}
	return true
}

func (s Sources) resolve(data cluster, needs Needs) (*Config, error) {
	vault, err := s.vault(data)
	if err != nil {
		return nil, err
	}
	if needs.Setup {
		data = data.only(AuthMethod, AuthMount)
	}
	auth, err := s.auth(data, needs.Part)
	if err != nil {
		return nil, err
	}
	key, err := parsed(first(s.local(TransitKey), data.value(TransitKey)), sealed.ParseKeyTemplate)
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
	method, err := parsed(find(AuthMethod, AuthMethod.Preset), transit.ParseMethod)
	if err == nil && string(method.Value) == AuthMethod.OwnValue && method.Source.Origin == FromConfigMap {
		err = &ValueError{Source: method.Source, Err: ErrTokenMethod}
	}
	if err != nil {
		return Auth{}, err
	}
	mount, err := parsed(find(AuthMount, string(method.Value)), transit.ParseAuthMount)
	if err != nil {
		return Auth{}, err
	}
	auth := Auth{
		Method:    method,
		Mount:     mount,
		Role:      find(part.own(Role), part.role()),
		Audience:  find(Audience, Audience.Preset),
		TokenFile: s.fromFlag(TokenFile),
	}
	if !s.fromFlag(ServiceAccount).Given() { // otherwise the variable would silently override it
		auth.TokenFile = first(auth.TokenFile, s.fromEnv(TokenFile))
	}
	if method.Value == transit.MethodToken {
		token := s.fromEnv(VaultToken).Value
		auth.Token = func() string { return token }
	}
	if method.Value == transit.MethodToken || auth.TokenFile.Given() {
		return auth, nil // it uses no ServiceAccount
	}
	auth.ServiceAccount, err = s.account(find(part.own(ServiceAccount), auth.Role.Value), auth.Role, part)
	return auth, err
}

// account returns the account whose token is exchanged for a Vault token. It has its source even with an error. By
// default the role is the account's name too, so an error names the role's source.
func (s Sources) account(text, role Value[string], part Part) (Value[Account], error) {
	source, implied := text.Source, text.Source.Origin == FromDefault
	if implied {
		source = role.Source
	}
	account, err := ParseAccount(text.Value)
	if err == nil && source.Origin == FromConfigMap && account.Namespace != "" && account.Namespace != s.Namespace {
		err = fmt.Errorf("ServiceAccount %s is outside namespace %s: name one without a namespace, or specify --%s",
			account, s.Namespace, ServiceAccount.Flag)
	}
	if err != nil && implied {
		err = fmt.Errorf("the role names the ServiceAccount too: %w", err)
	}
	if err != nil {
		return Value[Account]{Source: text.Source}, &ValueError{Source: source, Err: err, implied: implied}
	}
	if part == Rotator && account.Namespace == "" {
		account.Namespace = cmp.Or(s.Namespace, DefaultNamespace)
	}
	return Value[Account]{Value: account, Source: text.Source}, nil
}

// ignores reports whether the ConfigMap's old key audience differs from the effective audience.
func (a Auth) ignores(data cluster) bool {
	text := data[Audience.Flag]
	return text != "" && text != a.Audience.Value && a.Method.Value != transit.MethodToken && !a.TokenFile.Given()
}

// check lists everything that is missing in one error.
func (c *Config) check(needs Needs) error {
	var missing []Setting
	if !c.Vault.Address.Given() {
		missing = append(missing, VaultAddr)
	}
	if c.Auth.Method.Value == transit.MethodToken && c.Auth.Token() == "" {
		missing = append(missing, VaultToken)
	}
	if needs.TokenFile && c.Auth.Method.Value != transit.MethodToken && !c.Auth.TokenFile.Given() {
		missing = append(missing, TokenFile)
	}
	if needs.TransitKey && c.TransitKey.Value.IsZero() {
		missing = append(missing, TransitKey)
	}
	if len(missing) > 0 {
		return &MissingError{Settings: missing}
	}
	return nil
}
