package config

import (
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// A Vault token from outside (VAULT_TOKEN) is worth as much as its owner's rights. It is sent only to the Vault that
// flags or the environment describe. The ConfigMap can stop such a command, and never decides where the token goes.

// Unsaid is what only the ConfigMap says of a Vault that gets a token from outside.
type Unsaid struct {
	Setting Setting
	Value   string // the ConfigMap's
}

// sendsOutside tells whether a command sends VAULT_TOKEN.
func (s Sources) sendsOutside(needs Needs) bool {
	return !needs.NoLogin && (needs.Setup || s.local(AuthMethod).Value == string(transit.MethodToken))
}

// forOutside is the data without what decides who gets a token. Of the Vault that flag or environment name, the proxy
// stays.
func (s Sources) forOutside(data cluster) cluster {
	rest := data.withoutVault()
	if own := s.local(VaultAddr); rest != nil && own.Given() && sameAddress(own.Value, data[VaultAddr.Key]) {
		maps.Copy(rest, map[string]string{VaultAddr.Key: data[VaultAddr.Key], VaultProxy.Key: data[VaultProxy.Key]})
	}
	return rest
}

// compareOutside compares the Vault that gets a token from outside with the ConfigMap's. What only the ConfigMap says is
// returned. What a flag says differently is meant; what the environment says differently is a *ConflictError.
func (s Sources) compareOutside(vault Vault, data cluster) (unsaid []Unsaid, err error) {
	address := data.value(VaultAddr)
	if !address.Given() {
		return nil, nil
	}
	if vault.Address.Given() && !sameAddress(vault.Address.Value, address.Value) {
		return nil, conflictOutside(VaultAddr, vault.Address, address)
	}
	own := map[Setting]Value[string]{
		VaultAddr: address, VaultNamespace: vault.Namespace, VaultServerName: vault.TLSServerName,
		VaultCACert: {vault.CA.Value.File + vault.CA.Value.Dir, vault.CA.Source},
	}
	if !vault.Address.Given() {
		own[VaultAddr] = Value[string]{}
	}
	for _, setting := range trusted() {
		said, configured := own[setting], data.value(setting)
		switch {
		case !configured.Given():
		case !said.Given():
			unsaid = append(unsaid, Unsaid{setting, configured.Value})
		case setting == VaultCACert && said.Source.Name == VaultCACert.Env:
			if err := (group{sources: s}).sameCA(said, configured); err != nil {
				return nil, err
			}
		case setting == VaultNamespace || setting == VaultServerName:
			if said.Value != configured.Value {
				if err := conflictOutside(setting, said, configured); err != nil {
					return nil, err
				}
			}
		}
	}
	return unsaid, nil
}

// conflictOutside is the error of two values, unless a flag decides.
func conflictOutside(setting Setting, said, configured Value[string]) error {
	if said.Source.Origin == FromFlag {
		return nil
	}
	return &ConflictError{Setting: setting, Environment: said, ConfigMap: configured, outside: true}
}

// checkProxy refuses the ConfigMap's proxy where nothing but TLS would keep it from reading a token from outside, and
// TLS is not verified.
func checkProxy(vault Vault) error {
	if vault.InsecureSkipVerify && vault.Proxy.Source.Origin == FromConfigMap {
		return &ValueError{Source: vault.Proxy.Source, Err: errUnverifiedProxy}
	}
	return nil
}
