package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const vaultTokenMarker = "hvs.s3kr1t-marker"

func TestMissingValuesAreOneError(t *testing.T) {
	cases := []struct {
		name  string
		w     ways
		needs Needs
		want  []string
	}{
		{"address", ways{}, Needs{}, []string{"Vault address"}},
		{"address and transit key", ways{}, Needs{TransitKey: true}, []string{"Vault address", "transit key"}},
		{"transit key", ways{configMap: reachable}, Needs{TransitKey: true}, []string{"transit key"}},
		{"everything", ways{flags: values("vault-auth-method", "token")}, Needs{TransitKey: true},
			[]string{"Vault address", "Vault token", "transit key"}},
		{"token", ways{flags: values("vault-auth-method", "token", "vault-addr", here), configMap: reachable}, Needs{},
			[]string{"Vault token"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var missing *MissingError
			if err := c.w.refused(t, c.needs); !errors.As(err, &missing) {
				t.Fatalf("%v: want a *MissingError", err)
			}
			if want := "missing configuration: " + strings.Join(c.want, ", "); missing.Error() != want {
				t.Errorf("got %q, want %q", missing, want)
			}
		})
	}
}

func TestMissingTellsWhatTheConfigMapMayGive(t *testing.T) {
	err := ways{flags: values("vault-auth-method", "token")}.refused(t, Needs{TransitKey: true})
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("%v: want a *MissingError", err)
	}
	if want := []Setting{VaultAddr, VaultToken, TransitKey}; !slices.Equal(missing.Settings, want) {
		t.Errorf("%+v, want %+v", missing.Settings, want)
	}
	for setting, want := range map[Setting]bool{VaultAddr: false, VaultToken: false, TransitKey: true} {
		if missing.MayBeInConfigMap(setting) != want {
			t.Errorf("%s: the ConfigMap may give it: %t", setting.Title, !want)
		}
	}
}

func TestNothingIsMissing(t *testing.T) {
	ways{configMap: with(reachable, "transit-key", "app")}.load(t, Needs{TransitKey: true})
}

func TestTokenMethod(t *testing.T) {
	w := ways{flags: values("vault-auth-method", "token"), env: values("VAULT_ADDR", here, "VAULT_TOKEN",
		vaultTokenMarker)}
	if got := w.load(t, Needs{}).Auth.Token(); got != vaultTokenMarker {
		t.Errorf("Token = %q", got)
	}
}

func TestTokenIsForItsMethodOnly(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", here, "VAULT_TOKEN", vaultTokenMarker)}
	if token := w.load(t, Needs{}).Auth.Token; token != nil && token() != "" {
		t.Errorf("Token = %q, want none", token())
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	w := ways{flags: values("vault-auth-method", "token"), env: values("VAULT_ADDR", here, "VAULT_TOKEN",
		vaultTokenMarker)}
	config := w.load(t, Needs{})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, printed := range []any{config, *config, config.Auth, &config.Auth} {
			if text := fmt.Sprintf(verb, printed); strings.Contains(text, "s3kr1t") {
				t.Errorf("%s of %T prints the token", verb, printed)
			}
		}
	}
}

func TestTokenIsInNoError(t *testing.T) {
	w := ways{flags: values("vault-auth-method", "token"), env: values("VAULT_TOKEN", vaultTokenMarker)}
	if err := w.refused(t, Needs{TransitKey: true}); strings.Contains(err.Error(), "s3kr1t") {
		t.Errorf("%v: prints the token", err)
	}
}

func TestBadValuesBlameTheirSource(t *testing.T) {
	bad := []struct {
		flag, env, key, value string
		part                  Part
	}{
		{"vault-auth-method", "VAULTSEAL_AUTH_METHOD", "auth-method", "ldap", Sealer},
		{"vault-auth-method", "VAULTSEAL_AUTH_METHOD", "auth-method", "Kubernetes", Sealer},
		{"transit-key", "VAULTSEAL_TRANSIT_KEY", "transit-key", "transit/../sys", Sealer},
		{"transit-key", "VAULTSEAL_TRANSIT_KEY", "transit-key", "ns-{name}", Sealer},
		{"service-account", "VAULTSEAL_SERVICE_ACCOUNT", "service-account", "a/b/c", Sealer},
		{"service-account", "VAULTSEAL_SERVICE_ACCOUNT", "service-account", "/b", Sealer},
		{"service-account", "VAULTSEAL_SERVICE_ACCOUNT", "reader-service-account", "A", Reader},
		{"service-account", "VAULTSEAL_SERVICE_ACCOUNT", "rotator-service-account", "a/", Rotator},
	}
	for _, b := range bad {
		for want, w := range map[string]ways{
			"flag --" + b.flag:              {flags: values(b.flag, b.value), configMap: reachable},
			"environment variable " + b.env: {env: values(b.env, b.value), configMap: reachable},
			"ConfigMap key " + b.key:        {configMap: with(reachable, b.key, b.value)},
		} {
			t.Run(want+"="+b.value, func(t *testing.T) {
				if err := w.refused(t, Needs{Part: b.part}); !strings.Contains(err.Error(), want) ||
					!strings.Contains(err.Error(), b.value) {
					t.Errorf("%v: want it to blame %s", err, want)
				}
			})
		}
	}
}

// TestRoleThatNamesNoServiceAccount: an error about a role that is not a valid ServiceAccount name has the role's
// source, not a default.
func TestRoleThatNamesNoServiceAccount(t *testing.T) {
	for want, w := range map[string]ways{
		"flag --vault-role":                   {flags: values("vault-role", "Team_A"), configMap: reachable},
		"environment variable VAULTSEAL_ROLE": {env: values("VAULTSEAL_ROLE", "Team_A"), configMap: reachable},
		"ConfigMap key role":                  {configMap: with(reachable, "role", "Team_A")},
	} {
		t.Run(want, func(t *testing.T) {
			if err := w.refused(t, Needs{}); !strings.Contains(err.Error(), want) {
				t.Errorf("%v: want it to blame %s", err, want)
			}
		})
	}
}
