package config

import (
	"errors"
	"strings"
	"testing"
)

func TestSkipVerifyIsRefused(t *testing.T) {
	for _, text := range []string{"true", "1", "t", "T", "TRUE", "True"} {
		t.Run(text, func(t *testing.T) {
			var skip *SkipVerifyError
			err := ways{env: values("VAULT_ADDR", here, "VAULT_SKIP_VERIFY", text)}.refused(t, Needs{})
			if !errors.As(err, &skip) || !strings.Contains(err.Error(), "VAULT_SKIP_VERIFY") {
				t.Errorf("%v: want a *SkipVerifyError", err)
			}
		})
	}
}

func TestSkipVerifyThatIsNotTrue(t *testing.T) {
	for _, text := range []string{"", "false", "0", "f", "FALSE", "garbage", "yes", "2"} {
		t.Run(text, func(t *testing.T) {
			w := ways{env: values("VAULT_ADDR", here, "VAULT_SKIP_VERIFY", text)}
			if w.load(t, Needs{}).Vault.InsecureSkipVerify {
				t.Error("certificates are not verified")
			}
		})
	}
}

func TestInsecureFlag(t *testing.T) {
	for text, want := range map[string]bool{"true": true, "false": false} {
		for _, ambient := range []string{"", "true", "false"} {
			t.Run(text+" beside "+ambient, func(t *testing.T) {
				w := ways{
					flags: values("vault-insecure-skip-tls-verify", text),
					env:   values("VAULT_ADDR", here, "VAULT_SKIP_VERIFY", ambient),
				}
				if got := w.load(t, Needs{}).Vault.InsecureSkipVerify; got != want {
					t.Errorf("InsecureSkipVerify = %v, want %v", got, want)
				}
			})
		}
	}
}

func TestSkipVerifyIsNotOfTheConfigMap(t *testing.T) {
	w := ways{configMap: with(reachable, "vault-insecure-skip-tls-verify", "true", "vault-skip-verify", "true")}
	if w.load(t, Needs{}).Vault.InsecureSkipVerify {
		t.Error("the ConfigMap switched verification off")
	}
}
