package config

import (
	"errors"
	"maps"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// A Vault token from outside (VAULT_TOKEN) has all rights of its owner. It is sent only to the Vault that flags or the
// environment describe. The ConfigMap can stop such a command, but never decides where the token is sent.

// Unsaid is a value that only the ConfigMap has for a Vault that gets a token from outside.
type Unsaid struct {
	Setting Setting
	Value   string // in the ConfigMap
}

// sendsOutside reports whether a command sends VAULT_TOKEN.
func (s Sources) sendsOutside(needs Needs) bool {
	return !needs.NoLogin && (needs.Setup || s.local(AuthMethod).Value == string(transit.MethodToken))
}

// forOutside returns the data without the settings that decide who gets a token. The proxy stays if its Vault is the
// one in the flag or the environment.
func (s Sources) forOutside(data cluster) cluster {
	rest := data.withoutVault()
	if own := s.local(VaultAddr); rest != nil && own.Given() && sameAddress(own.Value, data[VaultAddr.Key]) {
		maps.Copy(rest, map[string]string{VaultAddr.Key: data[VaultAddr.Key], VaultProxy.Key: data[VaultProxy.Key]})
	}
	return rest
}

// compareOutside compares the Vault that gets a token from outside with the ConfigMap's. It returns the values that
// only the ConfigMap has. A flag may differ; a different value in the environment is a *ConflictError.
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
		VaultCACert: namedCA(vault.CA),
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
		case setting == VaultCACert && said.Source.Origin == FromEnvironment:
			if err := s.sameCAOutside(vault.CA, configured); err != nil {
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

// sameCAOutside compares the environment's CA with the ConfigMap's.
func (s Sources) sameCAOutside(said Value[CA], configured Value[string]) error {
	err := (group{sources: s}).sameCA(said, configured)
	if conflict, differs := errors.AsType[*ConflictError](err); differs {
		conflict.Outside = true
	}
	return err
}

// conflictOutside returns the error for two values, unless a flag decides.
func conflictOutside(setting Setting, said, configured Value[string]) error {
	if said.Source.Origin == FromFlag {
		return nil
	}
	return &ConflictError{Setting: setting, Environment: said, ConfigMap: configured, Outside: true}
}

// checkProxy refuses the ConfigMap's proxy if TLS is not verified, because the proxy could then read a token from
// outside.
func checkProxy(vault Vault) error {
	if vault.InsecureSkipVerify && vault.Proxy.Source.Origin == FromConfigMap {
		return &ValueError{Source: vault.Proxy.Source, Err: ErrUnverifiedProxy}
	}
	return nil
}
