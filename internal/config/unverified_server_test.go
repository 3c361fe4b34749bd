package config

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestUnverifiedServer: the ConfigMap of a server that could be anyone decides none of the group that decides where
// plaintext is sent.
func TestUnverifiedServer(t *testing.T) {
	data := cluster{"transit-key": "transit/app"}
	for _, setting := range vaultGroup() {
		if setting.Key == "" {
			t.Errorf("%s has no key", setting.Title)
		}
		data[setting.Key] = "https://evil.example"
	}
	if rest := data.withoutVault(); len(rest) != 1 || rest["transit-key"] != "transit/app" {
		t.Errorf("left: %v", rest)
	}
	missing := &MissingError{Settings: []Setting{VaultAddr, TransitKey}, UnverifiedServer: "http://127.0.0.1:8001"}
	const want = "missing configuration: Vault address, transit key; the ConfigMap's address of Vault is not used, " +
		"because the API server at http://127.0.0.1:8001 is called over plain http"
	if missing.Error() != want {
		t.Errorf("%q, want %q", missing, want)
	}
	unverified := &MissingError{Settings: []Setting{VaultAddr}, UnverifiedServer: "https://10.1.2.3:6443"}
	if text := unverified.Error(); !strings.HasSuffix(text,
		"because the certificate of the API server at https://10.1.2.3:6443 is not verified") {
		t.Errorf("%q", text)
	}
	if missing.MayBeInConfigMap(VaultAddr) || !missing.MayBeInConfigMap(TransitKey) {
		t.Error("the ConfigMap may give the key and not the address")
	}
}

// TestUnverifiedServerDecidesNothingOfVault: no key of the ConfigMap decides anything about Vault.
func TestUnverifiedServerDecidesNothingOfVault(t *testing.T) {
	data := map[string]string{"transit-key": "transit/app"}
	for _, key := range []string{
		"vault-addr", "vault-ca.crt", "vault-namespace", "vault-tls-server-name", "vault-proxy-url",
		"vault-client-cert", "vault-token",
	} {
		data[key] = "https://evil.example"
	}
	config, err := Load(t.Context(), Sources{
		Flag: func(string) (string, bool) { return "", false }, Env: func(string) (string, bool) { return "", false },
		ConfigMap: func(context.Context) (map[string]string, error) { return data, nil }, Namespace: "vaultseal-system",
		ReadFile:         func(string) ([]byte, error) { return nil, errors.New("no files here") },
		UnverifiedServer: "http://127.0.0.1:8001",
	}, Needs{})
	var missing *MissingError
	if !errors.As(err, &missing) || missing.UnverifiedServer == "" {
		t.Fatalf("%v, want a *MissingError that tells of the server", err)
	}
	if !reflect.DeepEqual(config.Vault, Vault{}) {
		t.Errorf("the ConfigMap decides: %+v", config.Vault)
	}
	if config.TransitKey.Value.String() != "transit/app" {
		t.Errorf("transit key %q", config.TransitKey.Value)
	}
}
