package config

import (
	"strconv"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Vault is the Vault to use, and how to verify it. The address, the CA, the namespace and the server name are a group:
// they decide where plaintext is sent, so they come from one source, the one that has the address. A flag may add to
// it. Environment and ConfigMap are combined only if both have the same address; any difference is a *ConflictError. So
// is a variable without VAULT_ADDR that differs from a ConfigMap with the address.
type Vault struct {
	Address       Value[string]
	CA            Value[CA]
	Namespace     Value[string]
	TLSServerName Value[string]

	// Proxy is the proxy for that Vault. It is not part of the group: TLS goes through it from end to end, so it does
	// not decide where plaintext is sent, and users in other networks than the cluster need another proxy.
	Proxy        Value[transit.Proxy]
	AmbientProxy string // the variable with a proxy for that address, which is not used

	ClientCertFile, ClientKeyFile Value[string]
	InsecureSkipVerify            bool
}

// Transit returns the configuration of the client for that Vault.
func (v Vault) Transit() transit.Config {
	return transit.Config{
		Address:            v.Address.Value,
		CACertFile:         v.CA.Value.File,
		CAPath:             v.CA.Value.Dir,
		CACertPEM:          v.CA.Value.PEM,
		Namespace:          v.Namespace.Value,
		TLSServerName:      v.TLSServerName.Value,
		Proxy:              v.Proxy.Value,
		AmbientProxy:       v.AmbientProxy,
		ClientCertFile:     v.ClientCertFile.Value,
		ClientKeyFile:      v.ClientKeyFile.Value,
		InsecureSkipVerify: v.InsecureSkipVerify,
	}
}

func (s Sources) vault(data cluster) (Vault, error) {
	insecure, err := s.skipVerify()
	if err != nil {
		return Vault{}, err
	}
	group, err := s.group(data)
	if err != nil {
		return Vault{}, err
	}
	vault := Vault{
		Address:            group.address,
		ClientCertFile:     s.fromEnv(VaultClientCert),
		ClientKeyFile:      s.fromEnv(VaultClientKey),
		InsecureSkipVerify: insecure,
		AmbientProxy:       s.ambientProxy(group.address.Value),
	}
	if vault.Proxy, err = parsed(first(s.local(VaultProxy), group.cluster(VaultProxy)),
		transit.ParseProxy); err != nil {
		return Vault{}, err
	}
	if vault.Namespace, err = group.find(VaultNamespace); err != nil {
		return Vault{}, err
	}
	if vault.TLSServerName, err = group.find(VaultServerName); err != nil {
		return Vault{}, err
	}
	vault.CA, err = group.ca()
	return vault, err
}

// skipVerify refuses a true VAULT_SKIP_VERIFY: switching verification off must be visible on the command line.
func (s Sources) skipVerify() (bool, error) {
	if text, set := s.Flag(SkipVerify.Flag); set {
		return strconv.ParseBool(text)
	}
	text, _ := s.Env(skipVerifyEnv)
	if skip, err := strconv.ParseBool(text); err == nil && skip {
		return false, &SkipVerifyError{}
	}
	return false, nil
}

// group is the address, and the sources that may describe the Vault at it.
type group struct {
	sources      Sources
	address      Value[string]
	env, cluster func(Setting) Value[string]
}

func (s Sources) group(data cluster) (group, error) {
	flag, env, configured := s.fromFlag(VaultAddr), s.fromEnv(VaultAddr), data.value(VaultAddr)
	if !flag.Given() && differ(env, configured, sameAddress) {
		return group{}, &ConflictError{Setting: VaultAddr, Environment: env, ConfigMap: configured}
	}
	g := group{sources: s, address: first(flag, env, configured), env: nobody, cluster: nobody}
	envIsFlags := flag.Given() && !env.Given() // nothing in the environment contradicts the flag
	if envIsFlags || env.Given() && sameAddress(env.Value, g.address.Value) {
		g.env = s.fromEnv
	}
	if configured.Given() && sameAddress(configured.Value, g.address.Value) {
		g.cluster = data.value
	}
	return g, nil
}

func nobody(Setting) Value[string] { return Value[string]{} }

func (g group) find(setting Setting) (Value[string], error) {
	flag, env, configured := g.sources.fromFlag(setting), g.env(setting), g.cluster(setting)
	if flag.Given() {
		return flag, nil
	}
	if g.address.Source.Origin == FromConfigMap {
		if ambient := g.sources.fromEnv(setting); ambient.Given() && ambient.Value != configured.Value {
			return Value[string]{}, &ConflictError{Setting: setting, Environment: ambient, ConfigMap: configured}
		}
	}
	if differ(env, configured, func(a, b string) bool { return a == b }) {
		return Value[string]{}, &ConflictError{Setting: setting, Environment: env, ConfigMap: configured}
	}
	return first(env, configured), nil
}

func differ(a, b Value[string], same func(a, b string) bool) bool {
	return a.Given() && b.Given() && !same(a.Value, b.Value)
}

func sameAddress(a, b string) bool {
	return strings.TrimRight(a, "/") == strings.TrimRight(b, "/")
}
