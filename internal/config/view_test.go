package config

import (
	"cmp"
	"context"
	"errors"
	"testing"
)

// viewed is the view of what the sources say, by name.
func viewed(t *testing.T, w ways) map[string]text {
	t.Helper()
	view, _, err := View(t.Context(), w.sources())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]text{}
	for _, row := range view {
		if _, twice := found[row.Name]; twice {
			t.Errorf("%s is shown twice", row.Name)
		}
		found[row.Name] = text{row.Value, row.Source}
	}
	return found
}

func TestViewShowsEachValueAndItsSource(t *testing.T) {
	got := viewed(t, ways{
		flags: values("audience", "other"),
		env:   values("VAULTSEAL_ROLE", "mine"),
		configMap: values("vault-addr", "https://vault", "transit-key", "vaultseal/{namespace}",
			"rotator-service-account", "vaultseal-system/rotator"),
	})
	for name, want := range map[string]text{
		"vault-addr":              {"https://vault", Source{FromConfigMap, "vault-addr"}},
		"vault-namespace":         {},
		"transit-key":             {"vaultseal/{namespace}", Source{FromConfigMap, "transit-key"}},
		"audience":                {"other", Source{FromFlag, "audience"}},
		"vault-auth-method":       {"kubernetes", Source{Origin: FromDefault}},
		"vault-auth-mount":        {"kubernetes", Source{Origin: FromDefault}},
		"role":                    {"mine", Source{FromEnvironment, "VAULTSEAL_ROLE"}},
		"rotator-role":            {"mine", Source{FromEnvironment, "VAULTSEAL_ROLE"}},
		"service-account":         {"mine", Source{Origin: FromDefault}},
		"rotator-service-account": {"vaultseal-system/rotator", Source{FromConfigMap, "rotator-service-account"}},
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
}

// TestViewHasEverySetting: a row for each setting that is not hidden, with the value that was given.
func TestViewHasEverySetting(t *testing.T) {
	given := ways{flags: map[string]string{}, env: map[string]string{}}
	for _, setting := range Settings() {
		text := map[Setting]string{AuthMethod: "jwt", VaultProxy: "none"}[setting]
		switch {
		case setting.Hidden || setting == TokenFile: // a token from a file would make the ServiceAccount needless
		case setting.Flag != "":
			given.flags[setting.Flag] = cmp.Or(text, "a")
		default:
			given.env[setting.Env] = "a"
		}
	}
	rows := viewed(t, given)
	for name, row := range rows {
		if (row.source.Origin != FromFlag && row.source.Origin != FromEnvironment) != (name == TokenFile.Flag) {
			t.Errorf("%s = %q from %s", name, row.value, row.source)
		}
	}
	if want := len(Settings()) - 1; len(rows) != want { // five are hidden, the two of each part have two rows more each
		t.Errorf("%d rows, want %d", len(rows), want)
	}
	given.flags[TokenFile.Flag] = "/token"
	if got := viewed(t, given)[TokenFile.Flag]; got.value != "/token" {
		t.Errorf("%s = %q", TokenFile.Flag, got.value)
	}
}

func TestViewOfNothing(t *testing.T) {
	got := viewed(t, ways{})
	if got["vault-addr"] != (text{}) || got["rotator-role"].value != "vaultseal-rotator" ||
		got["rotator-service-account"].value != "vaultseal-system/vaultseal-rotator" {
		t.Errorf("view of nothing: %v", got)
	}
}

func TestViewAsksTheClusterOnce(t *testing.T) {
	asked := 0
	sources := ways{}.sources()
	sources.ConfigMap = func(context.Context) (map[string]string, error) { asked++; return nil, nil }
	if _, _, err := View(t.Context(), sources); err != nil || asked != 1 {
		t.Errorf("asked %d times, %v; want once", asked, err)
	}
}

func TestViewTellsOfAConflict(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", "https://one"), configMap: values("vault-addr", "https://two")}
	var conflict *ConflictError
	if _, _, err := View(t.Context(), w.sources()); !errors.As(err, &conflict) {
		t.Errorf("View = %v, want a conflict", err)
	}
}

func TestViewNeverShowsTheToken(t *testing.T) {
	got := viewed(t, ways{env: values("VAULTSEAL_AUTH_METHOD", "token", "VAULT_TOKEN", "hvs.secret-token")})
	for name, row := range got {
		if row.value == "hvs.secret-token" {
			t.Errorf("%s shows the token", name)
		}
	}
}

func TestCAString(t *testing.T) {
	for _, test := range []struct {
		ca   CA
		want string
	}{
		{CA{}, ""}, {CA{File: "/ca.crt"}, "/ca.crt"}, {CA{Dir: "/certs"}, "/certs"}, {CA{PEM: []byte("nothing")}, ""},
		{CA{PEM: []byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")},
			"a certificate that cannot be read"},
	} {
		if got := test.ca.String(); got != test.want {
			t.Errorf("String = %q, want %q", got, test.want)
		}
	}
}
