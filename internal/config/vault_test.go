package config

import (
	"errors"
	"strings"
	"testing"
)

const (
	here  = "https://vault-a:8200"
	there = "https://vault-b:8200"
)

// pemText is a certificate of no one.
const pemText = `-----BEGIN CERTIFICATE-----
MIIBfTCCASOgAwIBAgIUQunaYur7KC6ZfVmSh5D7H4kjk4swCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIdmF1bHQtY2EwIBcNMjYxMTI5MDMxMDU0WhgPMjEyNjExMDUw
MzEwNTRaMBMxETAPBgNVBAMMCHZhdWx0LWNhMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEufJ+yWdfTXinwHI875slCCcJNekXYgvD3HSR6W0MmpNPMG1ZKxfz55x9
9ROS+qMjmYs7K4xPSiv9Q5oX58RRFqNTMFEwHQYDVR0OBBYEFBcM9YoEY4DiCDwR
9TnXgXc/t+g+MB8GA1UdIwQYMBaAFBcM9YoEY4DiCDwR9TnXgXc/t+g+MA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAKffKKGWSumtWEgqBr+8/I/h
hhQUMaO6ffZKYiUjL8/pAiAiln/khsb8R84YoYrsBgNISOTcSXmbzYYzXHUDQ7d0
fA==
-----END CERTIFICATE-----`

// group is the effective address, CA, namespace and server name, as text.
type effective struct{ address, ca, namespace, serverName string }

func effectiveOf(v Vault) effective {
	ca := v.CA.Value.File + v.CA.Value.Dir + string(v.CA.Value.PEM)
	return effective{v.Address.Value, ca, v.Namespace.Value, v.TLSServerName.Value}
}

// ambient is all of the group from the environment, configured from the ConfigMap.
func ambient(address string) map[string]string {
	return values("VAULT_ADDR", address, "VAULT_CACERT", "/env.crt", "VAULT_NAMESPACE", "env-ns",
		"VAULT_TLS_SERVER_NAME", "env-name")
}

func configured(address string) map[string]string {
	return values("vault-addr", address, "vault-ca.crt", "PEM", "vault-namespace", "cm-ns", "vault-tls-server-name",
		"cm-name")
}

func TestVaultGroup(t *testing.T) {
	withoutAddress := ambient("")
	delete(withoutAddress, "VAULT_ADDR")
	cases := []struct {
		name string
		w    ways
		want effective
	}{
		{"all from the environment", ways{env: ambient(here)}, effective{here, "/env.crt", "env-ns", "env-name"}},
		{"all from the ConfigMap", ways{configMap: configured(here)}, effective{here, "PEM", "cm-ns", "cm-name"}},
		{"all from flags", ways{
			flags: values("vault-addr", here, "vault-ca-cert", "/flag.crt", "vault-namespace", "f-ns",
				"vault-tls-server-name", "f-name"),
			env:       ambient(there),
			configMap: configured(there),
		}, effective{here, "/flag.crt", "f-ns", "f-name"}},
		{"an ambient group beside a ConfigMap without an address",
			ways{env: ambient(here), configMap: values("transit-key", "app")},
			effective{here, "/env.crt", "env-ns", "env-name"}},
		{"the ConfigMap's CA for another address is not used",
			ways{env: values("VAULT_ADDR", here), configMap: values("vault-ca.crt", "PEM", "vault-namespace", "cm-ns")},
			effective{here, "", "", ""}},
		{"an ambient CA without an address that is the ConfigMap's",
			ways{env: values("VAULT_CACERT", "/env.crt"), configMap: values("vault-addr", here, "vault-ca.crt", "PEM"),
				files: values("/env.crt", "PEM\n")}, effective{here, "PEM", "", ""}},
		{"the environment without an address belongs to the flag's",
			ways{flags: values("vault-addr", here), env: withoutAddress},
			effective{here, "/env.crt", "env-ns", "env-name"}},
		{"the environment of another address does not belong to the flag's",
			ways{flags: values("vault-addr", here), env: ambient(there)}, effective{here, "", "", ""}},
		{"the ConfigMap of another address does not belong to the flag's",
			ways{flags: values("vault-addr", here), configMap: configured(there)}, effective{here, "", "", ""}},
		{"the environment of the same address belongs to the flag's",
			ways{flags: values("vault-addr", here), env: ambient(here + "/")},
			effective{here, "/env.crt", "env-ns", "env-name"}},
		{"the ConfigMap of the same address belongs to the flag's",
			ways{flags: values("vault-addr", here+"/"), env: ambient(there), configMap: configured(here)},
			effective{here + "/", "PEM", "cm-ns", "cm-name"}},
		{"environment and ConfigMap of one address add to each other",
			ways{env: values("VAULT_ADDR", here, "VAULT_NAMESPACE", "env-ns"),
				configMap: values("vault-addr", here+"/", "vault-ca.crt", "PEM")},
			effective{here, "PEM", "env-ns", ""}},
		{"environment and ConfigMap agree on everything",
			ways{env: ambient(here), configMap: values("vault-addr", here, "vault-ca.crt", "PEM\n", "vault-namespace",
				"env-ns", "vault-tls-server-name", "env-name"),
				files: values("/env.crt", "\nPEM")},
			effective{here, "/env.crt", "env-ns", "env-name"}},
		{"a CA directory", ways{env: values("VAULT_ADDR", here, "VAULT_CAPATH", "/cas")},
			effective{here, "/cas", "", ""}},
		{"a CA file wins over a directory",
			ways{env: values("VAULT_ADDR", here, "VAULT_CAPATH", "/cas", "VAULT_CACERT", "/env.crt")},
			effective{here, "/env.crt", "", ""}},
		{"a CA's text", ways{env: values("VAULT_ADDR", here, "VAULT_CACERT_BYTES", pemText, "VAULT_CAPATH", "/cas")},
			effective{here, pemText, "", ""}},
		{"a CA file wins over a text, as with Vault's own client",
			ways{env: values("VAULT_ADDR", here, "VAULT_CACERT_BYTES", pemText, "VAULT_CACERT", "/env.crt")},
			effective{here, "/env.crt", "", ""}},
		{"a flag wins over a CA's text",
			ways{env: values("VAULT_ADDR", here, "VAULT_CACERT_BYTES", pemText),
				flags: values("vault-ca-cert", "/flag.crt")}, effective{here, "/flag.crt", "", ""}},
		{"a CA's text that is the ConfigMap's", ways{env: values("VAULT_ADDR", here, "VAULT_CACERT_BYTES", pemText),
			configMap: values("vault-addr", here, "vault-ca.crt", pemText+"\n")}, effective{here, pemText, "", ""}},
		{"a CA's text of another address does not belong to the flag's",
			ways{flags: values("vault-addr", here), env: values("VAULT_ADDR", there, "VAULT_CACERT_BYTES", pemText)},
			effective{here, "", "", ""}},
		{"a flag adds to the ConfigMap's Vault",
			ways{flags: values("vault-ca-cert", "/flag.crt"), configMap: configured(here)},
			effective{here, "/flag.crt", "cm-ns", "cm-name"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := effectiveOf(c.w.load(t, Needs{}).Vault); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestVaultSources(t *testing.T) {
	cases := []struct {
		name string
		w    ways
		want [4]string // of address, CA, namespace, server name
	}{
		{"nobody", ways{env: values("VAULT_ADDR", here)}, [4]string{"environment variable VAULT_ADDR", "not set",
			"not set", "not set"}},
		{"environment", ways{env: ambient(here)},
			[4]string{"environment variable VAULT_ADDR", "environment variable VAULT_CACERT",
				"environment variable VAULT_NAMESPACE", "environment variable VAULT_TLS_SERVER_NAME"}},
		{"ConfigMap", ways{configMap: configured(here)},
			[4]string{"ConfigMap key vault-addr", "ConfigMap key vault-ca.crt",
				"ConfigMap key vault-namespace", "ConfigMap key vault-tls-server-name"}},
		{"flags",
			ways{flags: values("vault-addr", here, "vault-ca-cert", "x", "vault-namespace", "x",
				"vault-tls-server-name", "x"), configMap: configured(there)},
			[4]string{"flag --vault-addr", "flag --vault-ca-cert", "flag --vault-namespace",
				"flag --vault-tls-server-name"}},
		{"directory", ways{env: values("VAULT_ADDR", here, "VAULT_CAPATH", "/cas")},
			[4]string{"environment variable VAULT_ADDR", "environment variable VAULT_CAPATH", "not set", "not set"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := c.w.load(t, Needs{}).Vault
			got := [4]string{v.Address.Source.String(), v.CA.Source.String(), v.Namespace.Source.String(),
				v.TLSServerName.Source.String()}
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// disagreements are environments and ConfigMaps that describe two Vaults, and the flag that decides.
func disagreements() []struct {
	name              string
	w                 ways
	env, key          string
	sayEnv, sayConfig string
	flag              string
} {
	one := func(more ...string) map[string]string { return with(values("VAULT_ADDR", here), more...) }
	same := func(more ...string) map[string]string { return with(values("vault-addr", here), more...) }
	return []struct {
		name              string
		w                 ways
		env, key          string
		sayEnv, sayConfig string
		flag              string
	}{
		{"address", ways{env: one(), configMap: values("vault-addr", there)}, "VAULT_ADDR", "vault-addr", here, there,
			"vault-addr"},
		{"scheme", ways{env: one(), configMap: values("vault-addr", "http://vault-a:8200")}, "VAULT_ADDR", "vault-addr",
			here, "http://vault-a:8200", "vault-addr"},
		{"namespace", ways{env: one("VAULT_NAMESPACE", "e"), configMap: same("vault-namespace", "c")},
			"VAULT_NAMESPACE", "vault-namespace", "e", "c", "vault-namespace"},
		{"server name", ways{env: one("VAULT_TLS_SERVER_NAME", "e"), configMap: same("vault-tls-server-name", "c")},
			"VAULT_TLS_SERVER_NAME", "vault-tls-server-name", "e", "c", "vault-tls-server-name"},
		{"CA", ways{env: one("VAULT_CACERT", "/env.crt"), configMap: same("vault-ca.crt", "PEM"),
			files: values("/env.crt", "OTHER")},
			"VAULT_CACERT", "vault-ca.crt", "/env.crt", "vault-ca.crt", "vault-ca-cert"},
		{"CA's text", ways{env: one("VAULT_CACERT_BYTES", pemText), configMap: same("vault-ca.crt", "PEM")},
			"VAULT_CACERT_BYTES", "vault-ca.crt", "a certificate", "another certificate", "vault-ca-cert"},
		{"CA's text without an address, against none",
			ways{env: values("VAULT_CACERT_BYTES", pemText), configMap: same()},
			"VAULT_CACERT_BYTES", "vault-ca.crt", "a certificate", "nothing", "vault-ca-cert"},
		{"namespace without an address",
			ways{env: values("VAULT_NAMESPACE", "e"), configMap: same("vault-namespace", "c")},
			"VAULT_NAMESPACE", "vault-namespace", "e", "c", "vault-namespace"},
		{"namespace without an address, against none", ways{env: values("VAULT_NAMESPACE", "e"), configMap: same()},
			"VAULT_NAMESPACE", "vault-namespace", "e", "nothing", "vault-namespace"},
		{"CA without an address, against none", ways{env: values("VAULT_CACERT", "/env.crt"), configMap: same()},
			"VAULT_CACERT", "vault-ca.crt", "/env.crt", "nothing", "vault-ca-cert"},
		{"CA without an address", ways{env: values("VAULT_CACERT", "/env.crt"), configMap: same("vault-ca.crt", "PEM"),
			files: values("/env.crt", "OTHER")},
			"VAULT_CACERT", "vault-ca.crt", "/env.crt", "vault-ca.crt", "vault-ca-cert"},
	}
}

func TestConflictNamesBoth(t *testing.T) {
	for _, d := range disagreements() {
		t.Run(d.name, func(t *testing.T) {
			var conflict *ConflictError
			if err := d.w.refused(t, Needs{}); !errors.As(err, &conflict) {
				t.Fatalf("%v: want a *ConflictError", err)
			}
			for _, want := range []string{d.env, d.key, d.sayEnv, d.sayConfig} {
				if !strings.Contains(conflict.Error(), want) {
					t.Errorf("%q: want it to name %q", conflict, want)
				}
			}
		})
	}
}

func TestConflictTellsTheSetting(t *testing.T) {
	for _, d := range disagreements() {
		t.Run(d.name, func(t *testing.T) {
			var conflict *ConflictError
			if err := d.w.refused(t, Needs{}); !errors.As(err, &conflict) {
				t.Fatalf("%v: want a *ConflictError", err)
			}
			if conflict.Setting.Flag != d.flag || conflict.Environment.Source.Name != d.env || conflict.Outside {
				t.Errorf("%+v: want --%s and %s", conflict, d.flag, d.env)
			}
		})
	}
}

func TestFlagResolvesTheConflict(t *testing.T) {
	for _, d := range disagreements() {
		t.Run(d.name, func(t *testing.T) {
			d.w.flags = values(d.flag, d.sayEnv)
			d.w.load(t, Needs{})
		})
	}
}

func TestUnreadableAmbientCA(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", here, "VAULT_CACERT", "/absent.crt"), configMap: configured(here)}
	err := w.refused(t, Needs{})
	for _, want := range []string{"VAULT_CACERT", "/absent.crt"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want it to name %s", err, want)
		}
	}
}

func TestCATextWithoutACertificate(t *testing.T) {
	err := ways{env: values("VAULT_ADDR", here, "VAULT_CACERT_BYTES", "/a/path.crt")}.refused(t, Needs{})
	var value *ValueError
	if !errors.As(err, &value) || value.Source != (Source{FromEnvironment, "VAULT_CACERT_BYTES"}) ||
		strings.Contains(err.Error(), "/a/path") {
		t.Errorf("%v: want a *ValueError that names the variable and not its text", err)
	}
}

func TestClientCertificate(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", here, "VAULT_CLIENT_CERT", "/c", "VAULT_CLIENT_KEY", "/k")}
	v := w.load(t, Needs{}).Vault
	if v.ClientCertFile.Value != "/c" || v.ClientKeyFile.Value != "/k" {
		t.Errorf("client certificate %q, key %q", v.ClientCertFile.Value, v.ClientKeyFile.Value)
	}
}

// TestAmbientIsIgnored: of Vault's environment variables only those in the table of settings are used.
func TestAmbientIsIgnored(t *testing.T) {
	plain := ways{env: values("VAULT_ADDR", here)}.load(t, Needs{}).Vault.Transit()
	env := values("VAULT_ADDR", here, "VAULT_AGENT_ADDR", there, "VAULT_HEADERS", "x", "VAULT_WRAP_TTL", "1h",
		"VAULT_PROXY_ADDR", there, "VAULT_HTTP_PROXY", there, "VAULT_SRV_LOOKUP", "true", "VAULT_TOKEN", "x")
	got := ways{env: env}.load(t, Needs{}).Vault.Transit()
	if got.Address != plain.Address || got.CACertFile != "" || got.CAPath != "" || got.Namespace != "" ||
		got.InsecureSkipVerify {
		t.Errorf("got %+v, want %+v", got, plain)
	}
}

func TestVaultTransit(t *testing.T) {
	w := ways{env: ambient(here), flags: values("vault-insecure-skip-tls-verify", "true")}
	got := w.load(t, Needs{}).Vault.Transit()
	if got.Address != here || got.CACertFile != "/env.crt" || got.Namespace != "env-ns" ||
		got.TLSServerName != "env-name" || !got.InsecureSkipVerify {
		t.Errorf("Transit = %+v", got)
	}
}

func TestVaultTransitWithPEM(t *testing.T) {
	got := ways{configMap: configured(here)}.load(t, Needs{}).Vault.Transit()
	if string(got.CACertPEM) != "PEM" || got.CACertFile != "" {
		t.Errorf("Transit = %+v", got)
	}
}
