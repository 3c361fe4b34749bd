package config

import (
	"errors"
	"testing"
)

var reachable = values("vault-addr", "https://vault:8200")

func TestServiceAccountDefaultsToTheRole(t *testing.T) {
	cases := []struct {
		name string
		part Part
		w    ways
		want text
	}{
		{"flag", Sealer, ways{flags: values("vault-role", "app"), configMap: reachable}, ofDefault("app")},
		{"environment", Sealer, ways{env: values("VAULTSEAL_ROLE", "app"), configMap: reachable}, ofDefault("app")},
		{"ConfigMap", Sealer, ways{configMap: with(reachable, "role", "app")}, ofDefault("app")},
		{"reader's role", Reader, ways{configMap: with(reachable, "reader-role", "app")}, ofDefault("app")},
		{"rotator's role", Rotator, ways{configMap: with(reachable, "rotator-role", "app")},
			ofDefault("vaultseal-system/app")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := textOf(c.w.load(t, Needs{Part: c.part}).Auth.ServiceAccount); got != c.want {
				t.Errorf("ServiceAccount = %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestPartsDoNotShareConfigMapKeys: what the ConfigMap gives to one part is not another's.
func TestPartsDoNotShareConfigMapKeys(t *testing.T) {
	configMap := with(reachable,
		"role", "r", "reader-role", "rr", "rotator-role", "ror",
		"service-account", "s", "reader-service-account", "rs", "rotator-service-account", "ros")
	for part, want := range map[Part][2]string{
		Sealer: {"r", "s"}, Reader: {"rr", "rs"}, Rotator: {"ror", "vaultseal-system/ros"},
	} {
		auth := ways{configMap: configMap}.load(t, Needs{Part: part}).Auth
		if got := [2]string{auth.Role.Value, auth.ServiceAccount.Value.String()}; got != want {
			t.Errorf("part %d: %v, want %v", part, got, want)
		}
	}
}

func TestSealersKeysAreNotTheOthers(t *testing.T) {
	configMap := with(reachable, "role", "r", "service-account", "s")
	for part, want := range map[Part][2]string{
		Reader:  {"vaultseal-reader", "vaultseal-reader"},
		Rotator: {"vaultseal-rotator", "vaultseal-system/vaultseal-rotator"},
	} {
		auth := ways{configMap: configMap}.load(t, Needs{Part: part}).Auth
		if got := [2]string{auth.Role.Value, auth.ServiceAccount.Value.String()}; got != want {
			t.Errorf("part %d: %v, want %v", part, got, want)
		}
	}
}

func TestRotatorsNamespaceIsTheConfigMaps(t *testing.T) {
	sources := ways{configMap: reachable}.sources()
	sources.Namespace = "elsewhere"
	config, err := Load(t.Context(), sources, Needs{Part: Rotator})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := config.Auth.ServiceAccount.Value,
		(Account{Namespace: "elsewhere", Name: "vaultseal-rotator"}); got != want {
		t.Errorf("ServiceAccount = %+v, want %+v", got, want)
	}
}

func TestExplicitNamespaceOfTheServiceAccount(t *testing.T) {
	for _, part := range []Part{Sealer, Reader, Rotator} {
		config := ways{flags: values("service-account", "ops/app"), configMap: reachable}.load(t, Needs{Part: part})
		if got, want := config.Auth.ServiceAccount.Value, (Account{Namespace: "ops", Name: "app"}); got != want {
			t.Errorf("part %d: ServiceAccount = %+v, want %+v", part, got, want)
		}
	}
}

func TestSealersServiceAccountIsInTheSecretsNamespace(t *testing.T) {
	for _, part := range []Part{Sealer, Reader} {
		if got := (ways{configMap: reachable}).load(t,
			Needs{Part: part}).Auth.ServiceAccount.Value.Namespace; got != "" {
			t.Errorf("part %d: namespace %q, want none", part, got)
		}
	}
}

func TestTransitKeyTemplate(t *testing.T) {
	config := ways{configMap: with(reachable, "transit-key", "transit/ns-{namespace}")}.load(t, Needs{TransitKey: true})
	key, err := config.TransitKey.Value.For("team-a")
	if got := key.String(); err != nil || got != "transit/ns-team-a" {
		t.Errorf("For = %q, %v", got, err)
	}
}

// TestAuthMountIsChecked wherever it comes from, before it gets into a path or a script.
func TestAuthMountIsChecked(t *testing.T) {
	for _, mount := range []string{"../sys", "it's", "a/", "$(touch pwned)"} {
		w := ways{flags: values("vault-addr", "https://vault", "vault-auth-mount", mount)}
		_, err := Load(t.Context(), w.sources(), Needs{})
		var wrong *ValueError
		if !errors.As(err, &wrong) || wrong.Source.Name != "vault-auth-mount" {
			t.Errorf("%q: %v", mount, err)
		}
	}
}
