package config

import (
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// FuzzConfigMap: whatever the cluster's ConfigMap has, a Vault token from outside goes where the environment says, and
// a ServiceAccount is one of the two namespaces', for the audience of the environment.
func FuzzConfigMap(f *testing.F) {
	keys := []string{"vault-addr", "vault-ca.crt", "vault-namespace", "vault-tls-server-name", "vault-proxy",
		"auth-method", "auth-mount", "role", "service-account", "transit-key", "audience", "service-account-token-file"}
	f.Add("vault-addr=https://vault.mine:8200\nrole=app\nservice-account=app\ntransit-key=transit/{namespace}")
	f.Add("vault-addr=https://evil.example\nauth-method=token\naudience=https://kubernetes.default.svc")
	f.Add("service-account=kube-system/admin\nauth-method=jwt\nauth-mount=../sys\nvault-proxy=http://a:b@evil:1")
	f.Fuzz(func(t *testing.T, text string) {
		configMap := map[string]string{}
		for line := range strings.SplitSeq(text, "\n") {
			for _, key := range keys {
				if value, found := strings.CutPrefix(line, key+"="); found {
					configMap[key] = value
				}
			}
		}
		outside := ways{configMap: configMap,
			env: values("VAULT_ADDR", "https://vault.mine:8200", "VAULT_TOKEN", "x", "VAULTSEAL_AUTH_METHOD", "token")}
		if config, err := Load(t.Context(), outside.sources(), Needs{}); err == nil {
			if v := config.Vault; v.Address.Value != "https://vault.mine:8200" || v.CA.Given() ||
				v.Namespace.Value != "" || v.TLSServerName.Value != "" {
				t.Errorf("%q: the token goes to %+v", configMap, v)
			}
			if p := config.Vault.Proxy; p.Given() && !sameAddress(configMap["vault-addr"], "https://vault.mine:8200") {
				t.Errorf("%q: the token goes through %s", configMap, p.Value)
			}
		}
		minted := ways{configMap: configMap}
		config, err := Load(t.Context(), minted.sources(), Needs{})
		if err != nil {
			return
		}
		a := config.Auth
		if a.Method.Value == transit.MethodToken || a.Audience.Value != Audience.Preset || a.TokenFile.Given() {
			t.Errorf("%q: %+v", configMap, a)
		}
		if account := a.ServiceAccount.Value; account.Namespace != "" && account.Namespace != "vaultseal-system" {
			t.Errorf("%q: a token of %s", configMap, account)
		}
	})
}
