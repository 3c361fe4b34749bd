package config

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Effective is one setting as commands take it, and where it comes from.
type Effective struct {
	Name   string // the flag's, or the ConfigMap key's where each part has its own
	Value  string // empty: not set
	Source Source
}

// View is every setting, in the order of the documentation. No credential is among the values. What nobody gave
// is no error here. audienceIgnored is Config's.
func View(ctx context.Context, sources Sources) (view []Effective, audienceIgnored bool, err error) {
	sources.ConfigMap = once(sources.ConfigMap)
	var parts [3]*Config
	for _, part := range []Part{Sealer, Reader, Rotator} {
		config, err := Load(ctx, sources, Needs{Part: part})
		var missing *MissingError
		if err != nil && !errors.As(err, &missing) {
			return nil, false, err
		}
		parts[part] = config
	}
	vault, auth := parts[Sealer].Vault, parts[Sealer].Auth
	view = []Effective{
		row("vault-addr", vault.Address),
		{"vault-ca-cert", vault.CA.Value.String(), vault.CA.Source},
		row("vault-namespace", vault.Namespace),
		row("vault-tls-server-name", vault.TLSServerName),
		{"vault-proxy-url", vault.Proxy.Value.String(), vault.Proxy.Source},
		row("vault-client-cert", vault.ClientCertFile),
		row("vault-client-key", vault.ClientKeyFile),
		{"vault-auth-method", string(auth.Method.Value), auth.Method.Source},
		row("vault-auth-mount", auth.Mount),
		row("audience", auth.Audience),
		row("service-account-token-file", auth.TokenFile),
		{"transit-key", parts[Sealer].TransitKey.Value.String(), parts[Sealer].TransitKey.Source},
	}
	for _, part := range []Part{Sealer, Reader, Rotator} {
		auth := parts[part].Auth
		view = append(view, row(part.own(role).Key, auth.Role), Effective{part.own(serviceAccount).Key, auth.ServiceAccount.Value.String(), auth.ServiceAccount.Source})
	}
	return view, parts[Sealer].AudienceIgnored, nil
}

func row(name string, value Value[string]) Effective {
	return Effective{name, value.Value, value.Source}
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

// String tells which certificates are trusted, in a few words.
func (ca CA) String() string {
	if ca.File != "" || ca.Dir != "" {
		return ca.File + ca.Dir
	}
	var names []string
	for rest := ca.PEM; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return strings.Join(names, "; ")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			names = append(names, "a certificate that cannot be read")
			continue
		}
		names = append(names, fmt.Sprintf("%s until %s", certificate.Subject, certificate.NotAfter.UTC().Format("2006-01-02")))
	}
}
