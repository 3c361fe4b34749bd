package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// outsider is a command that sends VAULT_TOKEN, and what a writer of the ConfigMap would like to decide for it.
func outsider(env ...string) map[string]string {
	return with(values("VAULTSEAL_AUTH_METHOD", "token", "VAULT_TOKEN", "hvs.outside"), env...)
}

// TestConfigMapNamesNoVaultForOutsideToken: no part of the ConfigMap's Vault gets a token from outside.
func TestConfigMapNamesNoVaultForOutsideToken(t *testing.T) {
	for name, needs := range map[string]Needs{"method token": {}, "setup": {Setup: true}} {
		t.Run(name, func(t *testing.T) {
			env := outsider()
			if needs.Setup {
				delete(env, "VAULTSEAL_AUTH_METHOD")
			}
			w := ways{env: env, configMap: with(configured(there), "vault-proxy-url", "http://evil:3128")}
			config, err := Load(t.Context(), w.sources(), needs)
			var missing *MissingError
			if !errors.As(err, &missing) || len(missing.Unsaid) != 4 {
				t.Fatalf("%v: want a *MissingError that lists the ConfigMap's settings", err)
			}
			if got := effectiveOf(config.Vault); got != (effective{}) || config.Vault.Proxy.Given() {
				t.Errorf("the ConfigMap decides %+v, proxy %s", got, config.Vault.Proxy.Value)
			}
			if !slices.Contains(missing.Settings, VaultAddr) || missing.MayBeInConfigMap(VaultAddr) {
				t.Errorf("%+v", missing)
			}
		})
	}
}

func TestOutsideTokenNeedsTheWholeGroup(t *testing.T) {
	full := configured(here)
	for _, c := range []struct {
		name string
		w    ways
		want []Setting
	}{
		{"address alone from the environment", ways{env: outsider("VAULT_ADDR", here), configMap: full},
			[]Setting{VaultCACert, VaultNamespace, VaultServerName}},
		{"address alone from a flag", ways{env: outsider(), flags: values("vault-addr", here), configMap: full},
			[]Setting{VaultCACert, VaultNamespace, VaultServerName}},
		{"all but the CA", ways{env: outsider("VAULT_ADDR", here, "VAULT_NAMESPACE", "cm-ns", "VAULT_TLS_SERVER_NAME",
			"cm-name"), configMap: full}, []Setting{VaultCACert}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var unsaid *UnsaidError
			if err := c.w.refused(t, Needs{}); !errors.As(err, &unsaid) {
				t.Fatalf("%v: want an *UnsaidError", err)
			}
			var settings []Setting
			for _, one := range unsaid.Unsaid {
				settings = append(settings, one.Setting)
			}
			if !slices.Equal(settings, c.want) {
				t.Errorf("unsaid %v, want %v", settings, c.want)
			}
		})
	}
}

func TestOutsideTokenGoesWhereItIsSaid(t *testing.T) {
	files := values("/env.crt", "PEM\n")
	for _, c := range []struct {
		name string
		w    ways
		want effective
	}{
		{"environment, as the ConfigMap says", ways{
			env: outsider("VAULT_ADDR", here+"/", "VAULT_CACERT", "/env.crt", "VAULT_NAMESPACE", "cm-ns",
				"VAULT_TLS_SERVER_NAME", "cm-name"),
			configMap: configured(here), files: files,
		}, effective{here + "/", "/env.crt", "cm-ns", "cm-name"}},
		{"environment, without a ConfigMap", ways{env: outsider("VAULT_ADDR", here)}, effective{here, "", "", ""}},
		{"flags that name another Vault", ways{env: outsider(), flags: values("vault-addr", here),
			configMap: configured(there)}, effective{here, "", "", ""}},
		{"flags that say otherwise of the same Vault", ways{
			env: outsider(), configMap: configured(here),
			flags: values("vault-addr", here, "vault-ca-cert", "/f.crt", "vault-namespace", "f-ns",
				"vault-tls-server-name", "f-name"),
		}, effective{here, "/f.crt", "f-ns", "f-name"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := effectiveOf(c.w.load(t, Needs{}).Vault); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// TestOutsideTokenAndTwoVaults: if the environment and the ConfigMap differ, a flag decides.
func TestOutsideTokenAndTwoVaults(t *testing.T) {
	for _, d := range disagreements() {
		t.Run(d.name, func(t *testing.T) {
			if d.w.env["VAULT_ADDR"] == "" {
				d.w.env["VAULT_ADDR"] = d.w.configMap["vault-addr"]
			}
			d.w.env = with(d.w.env, "VAULTSEAL_AUTH_METHOD", "token", "VAULT_TOKEN", "hvs.outside")
			if d.sayConfig == "nothing" {
				d.w.load(t, Needs{})
				return
			}
			err := d.w.refused(t, Needs{})
			var conflict *ConflictError
			if !errors.As(err, &conflict) || !conflict.Outside || !strings.Contains(conflict.Error(), d.sayEnv) ||
				!strings.Contains(conflict.Error(), d.sayConfig) {
				t.Errorf("%v: want a *ConflictError about a token from outside that names %s and %s", err, d.sayEnv, d.sayConfig)
			}
		})
	}
}

// TestOutsideTokenKeepsTheProxy: TLS goes through the proxy, so the ConfigMap may name it, unless TLS is not verified.
func TestOutsideTokenKeepsTheProxy(t *testing.T) {
	w := ways{env: outsider("VAULT_ADDR", here), flags: values(),
		configMap: values("vault-addr", here, "vault-proxy-url", "http://proxy:3128")}
	if got := w.load(t, Needs{}).Vault.Proxy; got.Source.Origin != FromConfigMap {
		t.Errorf("the proxy comes from %s", got.Source)
	}
	w.flags["vault-insecure-skip-tls-verify"] = "true"
	if err := w.refused(t, Needs{}); !errors.Is(err, ErrUnverifiedProxy) {
		t.Errorf("without verification: %v", err)
	}
	w.flags["vault-proxy-url"] = "http://proxy:3128"
	w.load(t, Needs{})
}

func TestMethodTokenIsNotOfTheConfigMap(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", here, "VAULT_TOKEN", "hvs.outside"),
		configMap: values("vault-addr", here, "auth-method", "token")}
	for _, needs := range []Needs{{}, {Part: Rotator}, {Setup: true}} {
		var wrong *ValueError
		if err := w.refused(t, needs); !errors.As(err, &wrong) ||
			wrong.Source != (Source{FromConfigMap, "auth-method"}) {
			t.Errorf("%+v: %v", needs, err)
		}
	}
	w.flags = values("vault-auth-method", "kubernetes")
	if auth := w.load(t, Needs{}).Auth; auth.Token != nil {
		t.Error("VAULT_TOKEN is taken")
	}
}

// TestConfigMapNamesNoAccountElsewhere: neither with its own key nor with the role that also names the account.
func TestConfigMapNamesNoAccountElsewhere(t *testing.T) {
	for part, keys := range map[Part][2]string{
		Sealer: {"service-account", "role"}, Reader: {"reader-service-account", "reader-role"},
		Rotator: {"rotator-service-account", "rotator-role"},
	} {
		for _, key := range keys {
			var wrong *ValueError
			err := ways{configMap: with(reachable, key, "kube-system/admin")}.refused(t, Needs{Part: part})
			if !errors.As(err, &wrong) || wrong.Source != (Source{FromConfigMap, key}) ||
				!strings.Contains(err.Error(), "kube-system/admin") {
				t.Errorf("%s: %v", key, err)
			}
		}
	}
	for _, w := range []ways{
		{configMap: with(reachable, "service-account", "vaultseal-system/app")},
		{configMap: with(reachable, "service-account", "app")},
		{configMap: reachable, env: values("VAULTSEAL_SERVICE_ACCOUNT", "kube-system/app")},
		{configMap: with(reachable, "service-account", "kube-system/evil"),
			flags: values("service-account", "kube-system/app")},
	} {
		w.load(t, Needs{})
	}
}

// TestConfigMapSaysNoAudience: the key of older versions is ignored, and noted where it matters.
func TestConfigMapSaysNoAudience(t *testing.T) {
	data := with(reachable, "audience", "https://kubernetes.default.svc")
	config := ways{configMap: data}.load(t, Needs{})
	if config.Auth.Audience.Value != DefaultAudience || !config.AudienceIgnored {
		t.Errorf("audience %q, ignored %t", config.Auth.Audience.Value, config.AudienceIgnored)
	}
	for name, w := range map[string]ways{
		"the same":     {configMap: data, env: values("VAULTSEAL_AUDIENCE", "https://kubernetes.default.svc")},
		"a token file": {configMap: data, env: values("VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE", "/token")},
		"no such key":  {configMap: reachable},
	} {
		if w.load(t, Needs{}).AudienceIgnored {
			t.Errorf("%s: ignored", name)
		}
	}
}

// TestSetupTakesLittleOfTheConfigMap: it takes the method and the mount, which Vault must confirm, and compares the
// key.
func TestSetupTakesLittleOfTheConfigMap(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", here), configMap: values("vault-addr", here, "auth-method", "jwt",
		"auth-mount", "m",
		"role", "r", "service-account", "kube-system/x", "audience", "a", "transit-key", "evil/{namespace}")}
	config := w.load(t, Needs{Setup: true})
	if config.Auth.Method.Value != "jwt" || config.Auth.Mount.Value != "m" ||
		config.Auth.Audience.Value != DefaultAudience {
		t.Errorf("auth %+v", config.Auth)
	}
	if !config.TransitKey.Value.IsZero() || config.ConfiguredKey.Value != "evil/{namespace}" {
		t.Errorf("transit key %s, configured %s", config.TransitKey.Value, config.ConfiguredKey.Value)
	}
}
