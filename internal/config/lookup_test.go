package config

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// reads counts how often the ConfigMap is read.
func reads(t *testing.T, w ways) int {
	t.Helper()
	n := 0
	sources := w.sources()
	sources.ConfigMap = func(context.Context) (map[string]string, error) {
		n++
		return w.configMap, nil
	}
	_, err := Load(t.Context(), sources, Needs{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// decided is every setting that the ConfigMap could decide, as flags.
func decided() map[string]string {
	return values("vault-addr", here, "vault-ca-cert", "/ca.crt", "vault-namespace", "n", "vault-tls-server-name", "s",
		"vault-proxy-url", "none",
		"vault-auth-method", "jwt", "vault-auth-mount", "m", "vault-role", "r", "service-account", "a", "audience", "v",
		"transit-key", "k")
}

func TestConfigMapIsNotRead(t *testing.T) {
	if n := reads(t, ways{flags: decided()}); n != 0 {
		t.Errorf("read %d times though nothing was left to decide", n)
	}
}

func TestConfigMapIsReadOnce(t *testing.T) {
	for flag := range decided() {
		t.Run(flag, func(t *testing.T) {
			flags := decided()
			delete(flags, flag)
			if n := reads(t, ways{flags: flags, configMap: reachable}); n != 1 {
				t.Errorf("read %d times without --%s, want once", n, flag)
			}
		})
	}
}

// TestConfigMapDecidesBesideTheEnvironment: a namespace or server name in the environment that is not used, or that the
// ConfigMap contradicts, leaves something to decide, whatever else is specified.
func TestConfigMapDecidesBesideTheEnvironment(t *testing.T) {
	ambientOnly := func(flag string) map[string]string {
		flags := decided()
		delete(flags, flag)
		return flags
	}
	for flag, env := range map[string]string{"vault-namespace": "VAULT_NAMESPACE",
		"vault-tls-server-name": "VAULT_TLS_SERVER_NAME"} {
		t.Run(env+" of another Vault", func(t *testing.T) {
			w := ways{flags: ambientOnly(flag), env: values("VAULT_ADDR", there, env, "env"),
				configMap: values("vault-addr", here, flag, "cm")}
			vault := w.load(t, Needs{}).Vault
			got := map[string]string{"vault-namespace": vault.Namespace.Value,
				"vault-tls-server-name": vault.TLSServerName.Value}[flag]
			if got != "cm" {
				t.Errorf("got %q, want %q, which the ConfigMap says of that address", got, "cm")
			}
		})
		t.Run(env+" contradicted", func(t *testing.T) {
			w := ways{flags: ambientOnly(flag), env: values("VAULT_ADDR", here, env, "env"),
				configMap: values("vault-addr", here, flag, "cm")}
			var conflict *ConflictError
			if _, err := Load(t.Context(), w.sources(), Needs{}); !errors.As(err, &conflict) {
				t.Errorf("Load: %v, want a *ConflictError", err)
			}
		})
	}
}

func TestAbsentConfigMap(t *testing.T) {
	w := ways{env: values("VAULT_ADDR", here)}
	if got := w.load(t, Needs{}).Vault.Address.Value; got != here {
		t.Errorf("Address = %q", got)
	}
}

func TestConfigMapReadError(t *testing.T) {
	cause := errors.New("connection refused")
	sources := ways{env: values("VAULT_ADDR", here)}.sources()
	sources.ConfigMap = func(context.Context) (map[string]string, error) { return nil, cause }
	_, err := Load(t.Context(), sources, Needs{})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "vaultseal-system/vaultseal") {
		t.Errorf("Load: %v; want the cause and the ConfigMap's name", err)
	}
}

func TestConfigMapGetsTheContext(t *testing.T) {
	type mark struct{}
	sources := ways{env: values("VAULT_ADDR", here)}.sources()
	var got any
	sources.ConfigMap = func(ctx context.Context) (map[string]string, error) {
		got = ctx.Value(mark{})
		return nil, nil
	}
	if _, err := Load(context.WithValue(t.Context(), mark{}, "x"), sources, Needs{}); err != nil || got != "x" {
		t.Errorf("the context's value is %v, %v", got, err)
	}
}
