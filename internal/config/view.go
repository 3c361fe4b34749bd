package config

import (
	"cmp"
	"context"
	"errors"
)

// Effective is one setting with its effective value and its source.
type Effective struct {
	Name   string // of the flag, or of the ConfigMap key if each part has its own
	Value  string // empty: not set
	Source Source
}

// View returns every setting, in the order of the documentation, without credentials. A missing value is not an error.
// audienceIgnored is that of Config.
func View(ctx context.Context, sources Sources) (view []Effective, audienceIgnored bool, err error) {
	sources.ConfigMap = once(sources.ConfigMap)
	configs := map[Part]*Config{}
	for _, part := range parts() {
		config, err := Load(ctx, sources, Needs{Part: part})
		var missing *MissingError
		if err != nil && !errors.As(err, &missing) {
			return nil, false, err
		}
		configs[part] = config
	}
	for _, setting := range Settings() {
		if !setting.Hidden && !setting.EachPart {
			view = append(view, configs[Sealer].effective(setting, cmp.Or(setting.Name, setting.Flag)))
		}
	}
	for _, part := range parts() {
		for _, setting := range Settings() {
			if setting.EachPart {
				view = append(view, configs[part].effective(setting, part.own(setting).Key))
			}
		}
	}
	return view, configs[Sealer].AudienceIgnored, nil
}

// effective returns the row of a setting.
func (c *Config) effective(setting Setting, name string) Effective {
	text := map[Setting]Value[string]{
		VaultAddr:       c.Vault.Address,
		VaultCACert:     {c.Vault.CA.Value.String(), c.Vault.CA.Source},
		VaultNamespace:  c.Vault.Namespace,
		VaultServerName: c.Vault.TLSServerName,
		VaultProxy:      {c.Vault.Proxy.Value.String(), c.Vault.Proxy.Source},
		VaultClientCert: c.Vault.ClientCertFile,
		VaultClientKey:  c.Vault.ClientKeyFile,
		AuthMethod:      {string(c.Auth.Method.Value), c.Auth.Method.Source},
		AuthMount:       c.Auth.Mount,
		Audience:        c.Auth.Audience,
		TokenFile:       c.Auth.TokenFile,
		TransitKey:      {c.TransitKey.Value.String(), c.TransitKey.Source},
		Role:            c.Auth.Role,
		ServiceAccount:  {c.Auth.ServiceAccount.Value.String(), c.Auth.ServiceAccount.Source},
	}[setting]
	return Effective{name, text.Value, text.Source}
}

// once calls a reader of the ConfigMap once.
func once(read func(context.Context) (map[string]string, error)) func(context.Context) (map[string]string, error) {
	var data map[string]string
	var err error
	done := false
	return func(ctx context.Context) (map[string]string, error) {
		if !done {
			data, err = read(ctx)
			done = true
		}
		return data, err
	}
}
