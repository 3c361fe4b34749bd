package vaultseal

import (
	"time"

	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// Option sets what [NewReader] would otherwise take from the environment or the cluster's ConfigMap. An option takes
// precedence over both, as a flag of the plugin does.
type Option func(*settings)

// settings are the options of a Reader.
type settings struct {
	kubernetes          *rest.Config
	kubeconfig, context string
	namespace           string
	configNamespace     string
	given               map[string]string // by flag
	leastScope          Scope
	timeout             time.Duration
}

func newSettings(options []Option) settings {
	s := settings{configNamespace: config.DefaultNamespace, given: map[string]string{}}
	for _, option := range options {
		option(&s)
	}
	return s
}

// set gives a setting as its flag would.
func set(setting config.Setting, value string) Option {
	return func(s *settings) { s.given[setting.Flag] = value }
}

// WithKubernetes sets the API server and the credential for it.
// Default: the kubeconfig in KUBECONFIG or ~/.kube/config, else the pod that the program runs in.
func WithKubernetes(kubernetes *rest.Config) Option {
	return func(s *settings) {
		if kubernetes != nil {
			s.kubernetes = rest.CopyConfig(kubernetes)
		}
	}
}

// WithKubeconfig sets a kubeconfig file and one of its contexts. An empty context is the current one.
func WithKubeconfig(path, context string) Option {
	return func(s *settings) { s.kubeconfig, s.context = path, context }
}

// WithNamespace sets the namespace of Secrets that you name without one.
// Default: the namespace of the kubeconfig's context, or the pod's.
func WithNamespace(namespace string) Option { return func(s *settings) { s.namespace = namespace } }

// WithConfigNamespace sets the namespace of the cluster's ConfigMap vaultseal. If it is empty, no ConfigMap is read.
// Default: vaultseal-system.
func WithConfigNamespace(namespace string) Option {
	return func(s *settings) { s.configNamespace = namespace }
}

// WithVaultAddress sets Vault's address, as https://vault.example:8200.
func WithVaultAddress(address string) Option { return set(config.VaultAddr, address) }

// WithVaultCA sets the path of the CA certificate that must have signed Vault's certificate.
func WithVaultCA(path string) Option { return set(config.VaultCACert, path) }

// WithVaultNamespace sets the namespace of Vault Enterprise.
func WithVaultNamespace(namespace string) Option { return set(config.VaultNamespace, namespace) }

// WithVaultServerName sets the name that Vault's certificate must cover. Default: the host in Vault's address.
func WithVaultServerName(name string) Option { return set(config.VaultServerName, name) }

// WithVaultProxy sets a proxy to Vault, as http://HOST:PORT. The schemes https, socks5 and socks5h work too. TLS stays
// end to end. HTTPS_PROXY is not used for Vault.
func WithVaultProxy(url string) Option { return set(config.VaultProxy, url) }

// WithAuthMethod sets Vault's auth method (kubernetes, jwt or token) and its mount. An empty mount is the method's
// name. With token, the Reader uses VAULT_TOKEN and never revokes it.
func WithAuthMethod(method, mount string) Option {
	return func(s *settings) {
		s.given[config.AuthMethod.Flag] = method
		if mount != "" {
			s.given[config.AuthMount.Flag] = mount
		}
	}
}

// WithRole sets the role of the auth method. Default: vaultseal-reader.
func WithRole(role string) Option { return set(config.Role, role) }

// WithServiceAccount sets the ServiceAccount, [NAMESPACE/]NAME, whose token is exchanged for a Vault token.
// Default: the one in the Secret's namespace that is named as the role.
func WithServiceAccount(account string) Option { return set(config.ServiceAccount, account) }

// WithTokenFile sets the path of a projected ServiceAccount token, which is used in place of a requested one. The
// Reader reads it again at each login, because kubelet replaces it.
func WithTokenFile(path string) Option { return set(config.TokenFile, path) }

// WithAudience sets the audience of a requested token. Default: vault.
func WithAudience(audience string) Option { return set(config.Audience, audience) }

// WithTransitKey sets the transit key, [MOUNT/]NAME, that Secrets must be sealed with; {namespace} stands for the
// Secret's namespace. If a Secret names another key, it is not opened and the error is a [*KeyMismatchError].
func WithTransitKey(key string) Option { return set(config.TransitKey, key) }

// WithLeastScope sets the least scope that Secrets must be bound to. If a Secret is bound to less, its entries may have
// been copied from elsewhere, and the error is a [*ScopeError]. The Secret's annotation is not trusted: Vault proves
// the scope in the request that opens the entries, with one more item for each transit key. An unknown scope is an
// error of [NewReader].
func WithLeastScope(scope Scope) Option { return func(s *settings) { s.leastScope = scope } }

// WithTimeout limits each request to Kubernetes and to Vault. Default: 30 s for Vault. For Kubernetes the Timeout of
// [WithKubernetes], else only the context of the call sets a limit.
func WithTimeout(timeout time.Duration) Option { return func(s *settings) { s.timeout = timeout } }
