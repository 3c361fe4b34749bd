package plugin

import (
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// globals is what all commands share: the process, and the flags for
// Kubernetes, Vault and logging.
type globals struct {
	process Process
	kube    *genericclioptions.ConfigFlags

	kubeFlags, vaultFlags, logFlags *pflag.FlagSet
	configNamespace                 string

	waiting waiting
}

func newGlobals(process Process) *globals {
	g := &globals{
		process:    process.filtered(),
		kube:       genericclioptions.NewConfigFlags(true),
		kubeFlags:  pflag.NewFlagSet("kubernetes", pflag.ContinueOnError),
		vaultFlags: pflag.NewFlagSet("vault", pflag.ContinueOnError),
		logFlags:   pflag.NewFlagSet("logging", pflag.ContinueOnError),
	}
	g.waiting.note = g.note
	g.kube.CacheDir = nil // nothing is discovered, so nothing is cached
	g.kube.AddFlags(g.kubeFlags)
	addVaultFlags(g.vaultFlags)
	g.vaultFlags.StringVar(&g.configNamespace, "config-namespace", config.DefaultNamespace,
		"`NAMESPACE` of the ConfigMap "+config.ConfigMapName+", which configures the cluster; empty to ignore it")
	addLogFlags(g.logFlags)
	return g
}

func (g *globals) addFlags(flags *pflag.FlagSet) {
	flags.AddFlagSet(g.kubeFlags)
	flags.AddFlagSet(g.vaultFlags)
	flags.AddFlagSet(g.logFlags)
}

// addVaultFlags adds the flags that config.Sources looks up by name.
func addVaultFlags(flags *pflag.FlagSet) {
	flags.String("vault-addr", "", "`URL` of Vault (VAULT_ADDR)")
	flags.String("vault-ca-cert", "", "`FILE` with the CA certificate that verifies Vault's (VAULT_CACERT)")
	flags.String("vault-namespace", "", "`NAMESPACE` of Vault Enterprise (VAULT_NAMESPACE)")
	flags.String("vault-tls-server-name", "",
		"`NAME` that Vault's certificate must carry, if it is not the address's host (VAULT_TLS_SERVER_NAME)")
	flags.String("vault-proxy-url", "", "`URL` of a proxy to Vault, such as http://HOST:PORT, or none "+
		"(VAULTSEAL_VAULT_PROXY_URL); HTTPS_PROXY is not used for Vault")
	flags.Bool("vault-insecure-skip-tls-verify", false,
		"Do not verify Vault's certificate: any server at the address gets the plaintext")
	flags.String("vault-auth-method", "", "`METHOD` of the login: kubernetes, jwt, or token to use VAULT_TOKEN "+
		"(VAULTSEAL_AUTH_METHOD; default kubernetes)")
	flags.String("vault-auth-mount", "",
		"`MOUNT` of the auth method (VAULTSEAL_AUTH_MOUNT; default: the method's name)")
	flags.String("vault-role", "",
		"`ROLE` of the auth method (VAULTSEAL_ROLE; default vaultseal, vaultseal-rotator to rotate)")
	flags.String("service-account", "", "`[NAMESPACE/]NAME` of the ServiceAccount whose token is exchanged for a Vault token "+
		"(VAULTSEAL_SERVICE_ACCOUNT; default: named as the role, in the Secret's namespace)")
	flags.String("audience", "", "`AUDIENCE` of that token (VAULTSEAL_AUDIENCE; default vault)")
	flags.String("service-account-token-file", "",
		"`FILE` with a projected token to use instead of requesting one (VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE)")
	flags.String("transit-key", "", "`[MOUNT/]NAME` of the transit key; {namespace} stands for the Secret's namespace "+
		"(VAULTSEAL_TRANSIT_KEY)")
}

// lookup gives the value of a flag that the user set.
func (g *globals) lookup(name string) (string, bool) {
	flag := g.vaultFlags.Lookup(name)
	if flag == nil || !flag.Changed {
		return "", false
	}
	return flag.Value.String(), true
}
