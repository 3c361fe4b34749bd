package setup

import (
	"slices"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TestConfigurationIsOfTheTable: each key that setup writes is one that a setting is read from.
func TestConfigurationIsOfTheTable(t *testing.T) {
	keys, err := sealed.ParseKeyTemplate("vaultseal/{namespace}")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, setting := range config.Settings() {
		known = append(known, setting.Keys()...)
	}
	installation := Installation{
		Method: "jwt", AuthMount: "vaultseal", Keys: keys,
		Address: map[string]string{config.VaultAddr.Key: "https://vault"},
	}
	written := installation.configuration()
	for key := range written {
		if !slices.Contains(known, key) {
			t.Errorf("no setting is read from the key %s", key)
		}
	}
	if len(written) != 4 {
		t.Errorf("setup writes %v", written)
	}
}
