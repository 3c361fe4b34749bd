package config

import (
	"errors"
	"slices"
	"testing"
)

// TestVariablesOfOpenBao: they decide nothing, and the error about what is missing names those that are set.
func TestVariablesOfOpenBao(t *testing.T) {
	env := map[string]string{
		"BAO_ADDR": "https://bao.example", "BAO_TOKEN": "planted", "BAO_CACERT": "/absent", "BAO_NAMESPACE": "",
		"VAULTSEAL_AUTH_METHOD": "token",
	}
	sources := Sources{
		Flag: func(string) (string, bool) { return "", false },
		Env:  func(name string) (string, bool) { value, set := env[name]; return value, set },
	}
	var missing *MissingError
	_, err := Load(t.Context(), sources, Needs{Part: Sealer})
	if !errors.As(err, &missing) || !slices.Equal(missing.ForOpenBao, []Setting{VaultAddr, VaultToken}) {
		t.Fatalf("%v: %+v", err, missing)
	}
	env["VAULT_ADDR"], env["BAO_TOKEN"] = "https://vault.example", ""
	_, err = Load(t.Context(), sources, Needs{Part: Sealer})
	if !errors.As(err, &missing) || len(missing.ForOpenBao) > 0 {
		t.Errorf("%v: %+v", err, missing)
	}
	env["VAULT_TOKEN"] = "planted"
	if settings, err := Load(t.Context(), sources, Needs{Part: Sealer}); err != nil ||
		settings.Vault.Address.Value != "https://vault.example" || settings.Vault.CA.Given() {
		t.Errorf("%v, %+v", err, settings)
	}
	if TransitKey.OpenBaoVariable() != "" || VaultCACert.OpenBaoVariable() != "BAO_CACERT" {
		t.Error(TransitKey.OpenBaoVariable(), VaultCACert.OpenBaoVariable())
	}
}
