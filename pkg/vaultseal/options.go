package vaultseal

import (
	"time"

	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// Option says to NewReader what neither the environment nor the cluster's configuration say, or says it otherwise: an option
// wins over the environment, as a flag of the plugin does.
type Option func(*settings)

// settings are the options of a Reader.
type settings struct {
	kubernetes          *rest.Config
	kubeconfig, context string
	namespace           string
	configNamespace     string
	flags               map[string]string
	leastScope          Scope
	timeout             time.Duration
}

func newSettings(options []Option) settings {
	s := settings{configNamespace: config.DefaultNamespace, flags: map[string]string{}}
	for _, option := range options {
		option(&s)
	}
	return s
}

func flag(name, value string) Option { return func(s *settings) { s.flags[name] = value } }

// WithKubernetes is the API server and who asks it.
// Default: the kubeconfig that KUBECONFIG names, or ~/.kube/config, else the pod that the program runs in.
func WithKubernetes(kubernetes *rest.Config) Option {
	return func(s *settings) { s.kubernetes = rest.CopyConfig(kubernetes) }
}

// WithKubeconfig is a kubeconfig file and a context of it; an empty context is the current one.
func WithKubeconfig(path, context string) Option {
	return func(s *settings) { s.kubeconfig, s.context = path, context }
}

// WithNamespace is the namespace of Secrets that are named without one.
// Default: that of the kubeconfig's context, or the pod's.
func WithNamespace(namespace string) Option { return func(s *settings) { s.namespace = namespace } }

// WithConfigNamespace is the namespace of the cluster's ConfigMap vaultseal; empty: it is not read.
// Default: vaultseal-system.
func WithConfigNamespace(namespace string) Option {
	return func(s *settings) { s.configNamespace = namespace }
}

// WithVaultAddress is Vault's address, as https://vault.example:8200.
func WithVaultAddress(address string) Option { return flag("vault-addr", address) }

// WithVaultCA is the path of the certificate that Vault's is verified with.
func WithVaultCA(path string) Option { return flag("vault-ca-cert", path) }

// WithVaultNamespace is a namespace of Vault Enterprise.
func WithVaultNamespace(namespace string) Option { return flag("vault-namespace", namespace) }

// WithVaultServerName is the name that Vault's certificate must carry where it is not the address's host.
func WithVaultServerName(name string) Option { return flag("vault-tls-server-name", name) }

// WithVaultProxy is a proxy to reach Vault through, as http://HOST:PORT; https, socks5 and socks5h work too. TLS goes
// through it from end to end. HTTPS_PROXY is not used for Vault.
func WithVaultProxy(url string) Option { return flag("vault-proxy-url", url) }

// WithAuthMethod is how to log in to Vault, kubernetes, jwt or token, and where the method is mounted; an empty mount is
// the method's name. With token, VAULT_TOKEN is used and never revoked.
func WithAuthMethod(method, mount string) Option {
	return func(s *settings) {
		s.flags["vault-auth-method"] = method
		if mount != "" {
			s.flags["vault-auth-mount"] = mount
		}
	}
}

// WithRole is the role of the auth method. Default: vaultseal-reader.
func WithRole(role string) Option { return flag("vault-role", role) }

// WithServiceAccount is the [NAMESPACE/]NAME of the ServiceAccount whose token is requested and traded for a Vault
// token. Default: named as the role, in the Secret's namespace.
func WithServiceAccount(account string) Option { return flag("service-account", account) }

// WithTokenFile is the path of a projected ServiceAccount token, used in place of a requested one. It is read anew at
// each login, because kubelet replaces it.
func WithTokenFile(path string) Option { return flag("service-account-token-file", path) }

// WithAudience is the audience of a requested token. Default: vault.
func WithAudience(audience string) Option { return flag("audience", audience) }

// WithTransitKey pins the transit key, [MOUNT/]NAME with {namespace} for the Secret's namespace: a Secret that says
// another is an error (*KeyMismatchError).
func WithTransitKey(key string) Option { return flag("transit-key", key) }

// WithLeastScope pins the least scope: a Secret whose entries are bound to less, and may have been copied from another
// place, is an error (*ScopeError). Vault proves it in the request that opens, with one item more for each transit key:
// the annotation that says the scope is not trusted.
func WithLeastScope(scope Scope) Option { return func(s *settings) { s.leastScope = scope } }

// WithTimeout bounds each request to Kubernetes and to Vault. Default: 30 s for Vault's; Kubernetes' are bounded by the
// contexts of the calls alone.
func WithTimeout(timeout time.Duration) Option { return func(s *settings) { s.timeout = timeout } }
