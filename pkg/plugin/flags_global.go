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
		"namespace of the ConfigMap "+config.ConfigMapName+", which configures the cluster; empty: do not read it")
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
	flags.String("vault-addr", "", "address of Vault (VAULT_ADDR)")
	flags.String("vault-ca-cert", "", "path of the CA certificate that Vault's is verified with (VAULT_CACERT)")
	flags.String("vault-namespace", "", "namespace of Vault Enterprise (VAULT_NAMESPACE)")
	flags.String("vault-tls-server-name", "", "name that Vault's certificate must carry, when it is not the address's host (VAULT_TLS_SERVER_NAME)")
	flags.String("vault-proxy-url", "", "proxy to reach Vault through, as http://HOST:PORT, or none (VAULTSEAL_VAULT_PROXY_URL); HTTPS_PROXY is not used for Vault")
	flags.Bool("vault-insecure-skip-tls-verify", false, "do not verify Vault's certificate: whoever answers at the address gets the plaintext")
	flags.String("vault-auth-method", "", "how to log in: kubernetes, jwt, or token for the one in VAULT_TOKEN (VAULTSEAL_AUTH_METHOD; default kubernetes)")
	flags.String("vault-auth-mount", "", "mount of the auth method (VAULTSEAL_AUTH_MOUNT; default: the method's name)")
	flags.String("vault-role", "", "role of the auth method (VAULTSEAL_ROLE; default vaultseal, vaultseal-rotator to rotate)")
	flags.String("service-account", "", "[NAMESPACE/]NAME of the ServiceAccount whose token buys the Vault token (VAULTSEAL_SERVICE_ACCOUNT; default: named as the role, in the Secret's namespace)")
	flags.String("audience", "", "audience of that token (VAULTSEAL_AUDIENCE; default vault)")
	flags.String("service-account-token-file", "", "path of a projected token to use instead of requesting one (VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE)")
	flags.String("transit-key", "", "[MOUNT/]NAME of the transit key; {namespace} stands for the Secret's namespace (VAULTSEAL_TRANSIT_KEY)")
}

// lookup gives the value of a flag that the user set.
func (g *globals) lookup(name string) (string, bool) {
	flag := g.vaultFlags.Lookup(name)
	if flag == nil || !flag.Changed {
		return "", false
	}
	return flag.Value.String(), true
}
