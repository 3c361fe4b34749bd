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
	// ConfiguredKey is the ConfigMap's transit key, also where it decides nothing.
	ConfiguredKey Value[string]
	// AudienceIgnored tells that the ConfigMap has the key audience of older versions, and says other than applies.
	AudienceIgnored bool
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
	// Setup takes of the ConfigMap only the auth method and mount, which Vault must confirm: it writes with an
	// administrator's token.
	Setup bool
	// NoLogin sends Vault no token, whatever the method.
	NoLogin bool
}

// Load makes the Config. Its errors are *MissingError for values that nobody
// gave, *UnsaidError for what only the ConfigMap says of a Vault that gets a
// token from outside, *ConflictError for two different Vaults, and others that
// name the source of a value that cannot be read.
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

// load lets the ConfigMap decide what it may.
func (s Sources) load(data cluster, needs Needs) (*Config, error) {
	outside := s.sendsOutside(needs)
	usable := data
	switch {
	case s.PlainServer != "":
		usable = data.withoutVault()
	case outside:
		usable = s.forOutside(data)
	}
	config, err := s.resolve(usable, needs)
	var missing *MissingError
	if err != nil && !errors.As(err, &missing) {
		return nil, err
	}
	switch {
	case s.PlainServer != "":
		if missing != nil && data.value(VaultAddr).Given() {
			missing.PlainServer = s.PlainServer
		}
	case outside:
		unsaid, conflict := s.compareOutside(config.Vault, data)
		if conflict = cmp.Or(conflict, checkProxy(config.Vault)); conflict != nil {
			return nil, conflict
		}
		if missing != nil {
			missing.Unsaid, missing.outside = unsaid, true
		} else if len(unsaid) > 0 {
			return nil, &UnsaidError{Unsaid: unsaid}
		}
	}
	return config, err
}

// checkFlags refuses a flag that is given and empty, as "$UNSET" is in a shell:
// what it was to say must not be taken from elsewhere.
func (s Sources) checkFlags() error {
	for _, setting := range Settings() {
		if value := s.fromFlag(setting); setting != ConfigNamespace && value.Given() && value.Value == "" {
			return &ValueError{Source: value.Source, Err: errors.New("it is empty")}
		}
	}
	return nil
}

// complete tells whether the ConfigMap could decide nothing: only an address
// from a flag is beyond contradiction by it.
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
		err = &ValueError{Source: method.Source, Err: errTokenMethod}
	}
	if err != nil {
		return Auth{}, err
	}
	auth := Auth{
		Method:    method,
		Mount:     find(AuthMount, string(method.Value)),
		Role:      find(part.own(Role), part.role()),
		Audience:  find(Audience, Audience.Preset),
		TokenFile: s.fromFlag(TokenFile),
	}
	if !s.fromFlag(ServiceAccount).Given() { // which the variable would silently overrule
		auth.TokenFile = first(auth.TokenFile, s.fromEnv(TokenFile))
	}
	if method.Value == transit.MethodToken {
		token := s.fromEnv(VaultToken).Value
		auth.Token = func() string { return token }
	}
	if method.Value == transit.MethodToken || auth.TokenFile.Given() {
		return auth, nil // no ServiceAccount is asked for a token
	}
	auth.ServiceAccount, err = s.account(find(part.own(ServiceAccount), auth.Role.Value), auth.Role, part)
	return auth, err
}

// account is whose token is exchanged for a Vault token. It has its source also beside an error. By default the role
// names it too, so that the role's source is to blame.
func (s Sources) account(text, role Value[string], part Part) (Value[Account], error) {
	source, implied := text.Source, text.Source.Origin == FromDefault
	if implied {
		source = role.Source
	}
	account, err := ParseAccount(text.Value)
	if err == nil && source.Origin == FromConfigMap && account.Namespace != "" && account.Namespace != s.Namespace {
		err = fmt.Errorf("ServiceAccount %s is outside namespace %s: name one without a namespace, or specify --%s", account, s.Namespace, ServiceAccount.Flag)
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

// ignores tells whether the ConfigMap's old key audience would have mattered.
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
	if needs.TransitKey && c.TransitKey.Value.IsZero() {
		missing = append(missing, TransitKey)
	}
	if len(missing) > 0 {
		return &MissingError{Settings: missing}
	}
	return nil
}
