package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// configHint is about one error of internal/config, without those that it wraps.
func configHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *config.MissingError:
		hints := make([]string, len(e.Settings))
		for i, setting := range e.Settings {
			hints[i] = settingHint(setting, e.MayBeInConfigMap(setting))
		}
		if strings.HasPrefix(e.UnverifiedServer, "https://") {
			hints = append(hints, "or specify the API server's CA with certificate-authority in the kubeconfig, "+
				"or with --certificate-authority, instead of insecure-skip-tls-verify")
		}
		for _, setting := range e.ForOpenBao {
			hints = append(hints, openBaoHint(setting))
		}
		return strings.Join(hints, "\n")
	case *config.UnsaidError:
		hints := make([]string, len(e.Unsaid))
		for i, one := range e.Unsaid {
			hints[i] = settingHint(one.Setting, false)
		}
		return strings.Join(hints, "\n")
	case *config.ConflictError:
		if e.Outside {
			return fmt.Sprintf("specify the right one with --%s", e.Setting.Flag)
		}
		return fmt.Sprintf("specify the right one with --%s, or unset %s", e.Setting.Flag, e.Environment.Source.Name)
	case *config.SkipVerifyError:
		return "unset VAULT_SKIP_VERIFY, and specify Vault's CA with --vault-ca-cert; for a test without real " +
			"secrets you can use --vault-insecure-skip-tls-verify"
	}
	switch err {
	case config.ErrTokenMethod: //nolint:errorlint // as above
		return "specify it with --vault-auth-method or VAULTSEAL_AUTH_METHOD"
	case config.ErrUnverifiedProxy:
		return "specify the proxy yourself with --vault-proxy-url"
	}
	return ""
}

// openBaoHint is about a variable of OpenBao's CLI. It never has the value, which may be a token.
func openBaoHint(setting config.Setting) string {
	return fmt.Sprintf("%s is not read: set %s=\"$%[1]s\"", setting.OpenBaoVariable(), setting.Env)
}

// settingHint lists the ways to specify a setting.
func settingHint(setting config.Setting, inConfigMap bool) string {
	var ways []string
	if setting.Flag != "" {
		ways = append(ways, "--"+setting.Flag)
	}
	ways = append(ways, setting.Env)
	if inConfigMap {
		ways = append(ways, fmt.Sprintf("the key %s of the ConfigMap %s", setting.Key, config.ConfigMapName))
	}
	last := len(ways) - 1
	if last == 0 {
		return "specify the " + setting.Title + " with " + ways[0]
	}
	return "specify the " + setting.Title + " with " + strings.Join(ways[:last], ", ") + " or " + ways[last]
}
