package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// holdsCredential reports whether the value of a flag is a credential or may hold one. It is neither printed in a hint
// nor written to a file.
func holdsCredential(flag, value string) bool {
	switch flag {
	case "token":
		return true
	case config.VaultProxy.Flag, "proxy-url": // of Vault, and of the API server
		proxy, err := transit.ParseProxy(value)
		return err != nil || proxy.HasUser()
	}
	return false
}
