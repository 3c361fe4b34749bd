package config

import (
	"errors"
	"fmt"
	"testing"
)

// lookedUp is one setting with a value for each source, as section 5 of the design lists them.
type lookedUp struct {
	flag, env, key string // empty: not a way to give it
	part           Part
	inFlag, inEnv  string
	inConfigMap    string
	byDefault      text
	of             func(*Config) text
}

func ofDefault(value string) text { return text{value, Source{Origin: FromDefault}} }

func table() []lookedUp {
	method := func(c *Config) text { return textOf(c.Auth.Method) }
	mount := func(c *Config) text { return textOf(c.Auth.Mount) }
	role := func(c *Config) text { return textOf(c.Auth.Role) }
	account := func(c *Config) text { return textOf(c.Auth.ServiceAccount) }
	audience := func(c *Config) text { return textOf(c.Auth.Audience) }
	file := func(c *Config) text { return textOf(c.Auth.TokenFile) }
	key := func(c *Config) text { return textOf(c.TransitKey) }
	proxy := func(c *Config) text { return textOf(c.Vault.Proxy) }
	const accountFlag, accountEnv = "service-account", "VAULTSEAL_SERVICE_ACCOUNT"
	return []lookedUp{
		{"vault-auth-method", "VAULTSEAL_AUTH_METHOD", "auth-method", Sealer, "jwt", "kubernetes", "jwt",
			ofDefault("kubernetes"), method},
		{"vault-auth-mount", "VAULTSEAL_AUTH_MOUNT", "auth-mount", Sealer, "a", "b", "c",
			ofDefault("kubernetes"), mount},
		{"vault-proxy-url", "VAULTSEAL_VAULT_PROXY_URL", "vault-proxy-url", Sealer, "http://a:1", "http://b:1",
			"http://c:1", text{}, proxy},
		{"vault-role", "VAULTSEAL_ROLE", "role", Sealer, "a", "b", "c", ofDefault("vaultseal"), role},
		{"vault-role", "VAULTSEAL_ROLE", "reader-role", Reader, "a", "b", "c", ofDefault("vaultseal-reader"), role},
		{"vault-role", "VAULTSEAL_ROLE", "rotator-role", Rotator, "a", "b", "c", ofDefault("vaultseal-rotator"), role},
		{accountFlag, accountEnv, "service-account", Sealer, "a", "n/b", "c", ofDefault("vaultseal"), account},
		{accountFlag, accountEnv, "reader-service-account", Reader, "a", "n/b", "c", ofDefault("vaultseal-reader"),
			account},
		{accountFlag, accountEnv, "rotator-service-account", Rotator, "m/a", "n/b", "vaultseal-system/c",
			ofDefault("vaultseal-system/vaultseal-rotator"), account},
		{"audience", "VAULTSEAL_AUDIENCE", "", Sealer, "a", "b", "", ofDefault("vault"), audience},
		{"service-account-token-file", "VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE", "", Sealer, "/a", "/b", "",
			text{}, file},
		{"transit-key", "VAULTSEAL_TRANSIT_KEY", "transit-key", Sealer, "transit/a", "b", "{namespace}", text{}, key},
	}
}

func TestPrecedence(t *testing.T) {
	for _, s := range table() {
		w := ways{flags: values(), env: values(), configMap: values("vault-addr", "https://vault:8200")}
		check := func(from string, want text) {
			t.Run(fmt.Sprintf("%s of part %d from %s", s.flag, s.part, from), func(t *testing.T) {
				if got := s.of(w.load(t, Needs{Part: s.part})); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			})
		}
		check("default", s.byDefault)
		if s.key != "" {
			w.configMap[s.key] = s.inConfigMap
			check("ConfigMap", text{s.inConfigMap, Source{FromConfigMap, s.key}})
		}
		w.env[s.env] = s.inEnv
		check("environment", text{s.inEnv, Source{FromEnvironment, s.env}})
		w.flags[s.flag] = s.inFlag
		check("flag", text{s.inFlag, Source{FromFlag, s.flag}})
	}
}

// TestEmptyIsNotGiven: an empty variable or ConfigMap key counts as unset.
func TestEmptyIsNotGiven(t *testing.T) {
	for _, s := range table() {
		t.Run(fmt.Sprintf("%s of part %d", s.flag, s.part), func(t *testing.T) {
			w := ways{
				env:       values(s.env, ""),
				configMap: values("vault-addr", "https://vault:8200", s.key, ""),
			}
			if got := s.of(w.load(t, Needs{Part: s.part})); got != s.byDefault {
				t.Errorf("got %+v, want %+v", got, s.byDefault)
			}
		})
	}
}

// TestEmptyFlagIsRefused: with "$UNSET" in a shell, the value must not come from another source.
func TestEmptyFlagIsRefused(t *testing.T) {
	for _, s := range table() {
		w := ways{flags: values(s.flag, ""), env: values("VAULT_ADDR", "https://vault:8200", s.env, s.inEnv)}
		var meaningless *ValueError
		if err := w.refused(t, Needs{Part: s.part}); !errors.As(err, &meaningless) ||
			meaningless.Source.Name != s.flag {
			t.Errorf("--%s: %v", s.flag, err)
		}
	}
}

func TestTokenFileIsNotOfTheConfigMap(t *testing.T) {
	w := ways{configMap: values("vault-addr", "https://vault:8200", "service-account-token-file", "/x", "", "/y")}
	if got := w.load(t, Needs{}).Auth.TokenFile; got.Given() {
		t.Errorf("TokenFile = %+v, want none", got)
	}
}

func TestMountDefaultsToTheMethod(t *testing.T) {
	w := ways{env: values("VAULTSEAL_AUTH_METHOD", "jwt"), configMap: values("vault-addr", "https://vault:8200")}
	if got, want := textOf(w.load(t, Needs{}).Auth.Mount), ofDefault("jwt"); got != want {
		t.Errorf("Mount = %+v, want %+v", got, want)
	}
}

func TestSourceString(t *testing.T) {
	for _, c := range []struct {
		source Source
		want   string
	}{
		{Source{FromFlag, "vault-addr"}, "flag --vault-addr"},
		{Source{FromEnvironment, "VAULT_ADDR"}, "environment variable VAULT_ADDR"},
		{Source{FromConfigMap, "vault-addr"}, "ConfigMap key vault-addr"},
		{Source{Origin: FromDefault}, "default"},
		{Source{}, "not set"},
	} {
		if got := c.source.String(); got != c.want {
			t.Errorf("String = %q, want %q", got, c.want)
		}
	}
}
