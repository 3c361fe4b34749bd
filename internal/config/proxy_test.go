package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestProxyPasswordIsNotShown: not in a view, nor in an error, nor by printing the configuration.
func TestProxyPasswordIsNotShown(t *testing.T) {
	w := ways{env: values("VAULTSEAL_VAULT_PROXY_URL", "http://user:hunter2@proxy:3128"), configMap: reachable}
	row := viewed(t, w)["vault-proxy-url"]
	if want := (text{"http://proxy:3128", Source{FromEnvironment, "VAULTSEAL_VAULT_PROXY_URL"}}); row != want {
		t.Errorf("shown: %v", row)
	}
	config := w.load(t, Needs{})
	if shown := fmt.Sprintf("%v %+v %#v", config.Vault, config.Vault, config.Vault.Transit()); strings.Contains(shown,
		"hunter2") {
		t.Errorf("printed: %s", shown)
	}
	w.env["VAULTSEAL_VAULT_PROXY_URL"] = "user:hunter2@proxy:3128"
	if _, err := Load(t.Context(), w.sources(), Needs{}); err == nil || strings.Contains(err.Error(), "hunter2") ||
		!strings.Contains(err.Error(), "VAULTSEAL_VAULT_PROXY_URL") {
		t.Errorf("error: %v", err)
	}
}

// TestProxyIsTheUsersOwn: unlike the settings that decide which Vault gets plaintext, it may differ from the cluster's,
// and be none.
func TestProxyIsTheUsersOwn(t *testing.T) {
	configured := values("vault-addr", here, "vault-proxy-url", "http://cluster:1")
	for want, w := range map[string]ways{
		"http://cluster:1": {configMap: configured},
		"http://mine:1":    {configMap: configured, env: values("VAULTSEAL_VAULT_PROXY_URL", "http://mine:1")},
		"":                 {configMap: configured, flags: values("vault-proxy-url", "none")},
	} {
		if got := w.load(t, Needs{}).Vault.Proxy.Value.String(); got != want {
			t.Errorf("proxy %q, want %q", got, want)
		}
	}
	// The proxy of another Vault is not used.
	if got := (ways{configMap: configured, flags: values("vault-addr", there)}).load(t,
		Needs{}).Vault.Proxy; got.Given() {
		t.Errorf("proxy %v for another address", got)
	}
}

func TestAmbientProxy(t *testing.T) {
	for _, c := range []struct {
		address string
		env     map[string]string
		want    string
	}{
		{"https://vault:8200", values("HTTPS_PROXY", "http://p:1"), "HTTPS_PROXY"},
		{"https://vault:8200", values("https_proxy", "p:1", "ALL_PROXY", "p:1"), "https_proxy"},
		{"https://vault:8200", values("ALL_PROXY", "socks5://p:1"), "ALL_PROXY"},
		{"https://vault.corp:8200", values("HTTPS_PROXY", "http://p:1", "NO_PROXY", ".corp"), ""},
		{"https://127.0.0.1:8200", values("HTTPS_PROXY", "http://p:1"), ""},
		{"https://vault:8200", values(), ""},
		{"", values("HTTPS_PROXY", "http://p:1"), ""},
	} {
		if got := (ways{env: c.env}).sources().ambientProxy(c.address); got != c.want {
			t.Errorf("%s with %v: %q, want %q", c.address, c.env, got, c.want)
		}
	}
}
