package plugin

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The flags that say where Vault reads the cluster's signing keys.
const (
	jwksURLFlag      = "jwks-url"
	discoveryURLFlag = "oidc-discovery-url"
	jwksCAFlag       = "jwks-ca-cert"
)

// signingKeyFlags are for the jwt method.
type signingKeyFlags struct{ jwksURL, discoveryURL, caFile string }

func (f *signingKeyFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.discoveryURL, discoveryURLFlag, "",
		"`URL` of the issuer that Vault reads the cluster's signing keys from, also after they change (jwt method "+
			"only); empty for static keys (default the one that Vault has; at first the cluster's issuer if Vault "+
			"can read it, else static keys)")
	flags.StringVar(&f.jwksURL, jwksURLFlag, "",
		"The same with the `URL` of the keys themselves, a JSON Web Key Set")
	flags.StringVar(&f.caFile, jwksCAFlag, "",
		"`FILE` with the CA certificate of that URL's server (default the one that Vault has for the same URL, else "+
			"Vault's system CAs)")
}

// check refuses URLs that Vault must not read keys at.
func (f *signingKeyFlags) check(given func(flag string) bool) error {
	if given(jwksURLFlag) && given(discoveryURLFlag) {
		return usagef("--%s and --%s exclude each other", jwksURLFlag, discoveryURLFlag)
	}
	source := f.source()
	if source.Static() {
		if f.caFile != "" && (given(jwksURLFlag) || given(discoveryURLFlag)) {
			return usagef("--%s is for the server of a URL, and the URL is empty", jwksCAFlag)
		}
		return nil
	}
	if err := signingkeys.CheckURL(source.Parameter, source.URL); err != nil {
		return usagef("--%s: %w", f.flag(), err)
	}
	return nil
}

// source is what the flags say, without the certificate.
func (f *signingKeyFlags) source() signingkeys.Source {
	switch {
	case f.jwksURL != "":
		return signingkeys.Source{Parameter: signingkeys.JWKS, URL: f.jwksURL}
	case f.discoveryURL != "":
		return signingkeys.Source{Parameter: signingkeys.Discovery, URL: f.discoveryURL}
	}
	return signingkeys.Source{}
}

// onlyCA reports whether the certificate is for a URL that the flags do not say.
func (f *signingKeyFlags) onlyCA() bool { return f.caFile != "" && f.source().Static() }

func (f *signingKeyFlags) flag() string {
	if f.jwksURL != "" {
		return jwksURLFlag
	}
	return discoveryURLFlag
}

// say adds them to an installation.
func (f *signingKeyFlags) say(ctx context.Context, i *setup.Installation, given func(flag string) bool) error {
	i.Unsaid.KeySource = !given(jwksURLFlag) && !given(discoveryURLFlag)
	i.Unsaid.KeyCA = !given(jwksCAFlag)
	for _, flag := range []string{jwksURLFlag, discoveryURLFlag, jwksCAFlag} {
		if given(flag) && i.Method != transit.MethodJWT {
			return usagef("--%s requires --vault-auth-method=jwt", flag)
		}
	}
	i.KeySource = f.source()
	if f.caFile == "" {
		return nil
	}
	text, err := readPath(ctx, f.caFile, maxCertificates)
	if err == nil {
		err = signingkeys.CheckCA(text)
	}
	if err != nil {
		return usagef("--%s %s: %w", jwksCAFlag, f.caFile, err)
	}
	i.KeySource.CA = string(text)
	return nil
}

// readIssuer reads an issuer's keys as anyone can.
func readIssuer(ctx context.Context, issuer, ca string) (signingkeys.Set, error) {
	fetcher, err := signingkeys.NewFetcher(ca, true)
	if err != nil {
		return signingkeys.Set{}, err
	}
	return fetcher.ReadIssuer(ctx, issuer)
}
