package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Setting is one setting, and its sources. This table is the source of the commands' flags and their help, of config
// view, of the library's options, of the table in docs/configuration.md, and of the ConfigMap that setup writes.
type Setting struct {
	Title string // as named in a sentence
	Name  string // in config view; empty: that of the flag
	Flag  string // without the dashes; empty: it has no flag
	Env   string
	Key   string // of the ConfigMap; empty: never read from there
	Usage string // the flag's help, with the placeholder in backquotes

	// Preset is the default value. Default describes a default that depends on something else.
	Preset, Default string

	// Trusted settings decide which Vault gets the plaintext and the tokens. They come from one source: see vault.go.
	Trusted bool
	// OwnValue is a value that the ConfigMap cannot choose.
	OwnValue string
	// EachPart: every part has its own role or account, and its own ConfigMap key: see Part.
	EachPart bool
	// Switch: the flag takes no value.
	Switch bool
	// Hidden settings are credentials, or not settings of commands: config view leaves them out.
	Hidden bool
}

// The settings.
var (
	VaultAddr = Setting{
		Title: "Vault address", Flag: "vault-addr", Env: "VAULT_ADDR", Key: "vault-addr", Trusted: true,
		Usage: "`URL` of Vault",
	}
	VaultCACert = Setting{
		Title: "Vault CA certificate", Flag: "vault-ca-cert", Env: "VAULT_CACERT", Key: "vault-ca.crt", Trusted: true,
		Usage: "`FILE` with the CA certificate that verifies Vault's", Default: "the system's",
	}
	// VaultCACertText is another source of VaultCACert, for pods: a manifest can hold it.
	VaultCACertText = Setting{Title: "Vault CA certificate in PEM", Env: "VAULT_CACERT_BYTES", Hidden: true}
	VaultCAPath     = Setting{Title: "Vault CA directory", Env: "VAULT_CAPATH", Hidden: true}

	VaultNamespace = Setting{
		Title: "Vault namespace", Flag: "vault-namespace", Env: "VAULT_NAMESPACE", Key: "vault-namespace",
		Trusted: true,
		Usage:   "`NAMESPACE` of Vault Enterprise",
	}
	VaultServerName = Setting{
		Title: "Vault TLS server name", Flag: "vault-tls-server-name", Env: "VAULT_TLS_SERVER_NAME",
		Key: "vault-tls-server-name", Trusted: true,
		Usage: "`NAME` that Vault's certificate must carry", Default: "the address's host",
	}
	VaultProxy = Setting{
		Title: "Vault proxy", Flag: "vault-proxy-url", Env: "VAULTSEAL_VAULT_PROXY_URL", Key: "vault-proxy-url",
		Usage: "`URL` of a proxy to Vault, such as http://HOST:PORT, or none; HTTPS_PROXY is not used for Vault",
	}
	VaultClientCert = Setting{Title: "Vault client certificate", Name: "vault-client-cert", Env: "VAULT_CLIENT_CERT"}
	VaultClientKey  = Setting{Title: "Vault client key", Name: "vault-client-key", Env: "VAULT_CLIENT_KEY"}
	VaultToken      = Setting{Title: "Vault token", Env: "VAULT_TOKEN", Hidden: true}
	SkipVerify      = Setting{
		Title: "unverified Vault", Flag: "vault-insecure-skip-tls-verify", Switch: true, Hidden: true,
		Usage: "Do not verify Vault's certificate: any server at the address gets the plaintext",
	}

	AuthMethod = Setting{
		Title: "Vault auth method", Flag: "vault-auth-method", Env: "VAULTSEAL_AUTH_METHOD", Key: "auth-method",
		Usage:  "`METHOD` of the login: kubernetes, jwt, or token to use VAULT_TOKEN",
		Preset: string(transit.MethodKubernetes), OwnValue: string(transit.MethodToken),
	}
	AuthMount = Setting{
		Title: "Vault auth mount", Flag: "vault-auth-mount", Env: "VAULTSEAL_AUTH_MOUNT", Key: "auth-mount",
		Usage: "`MOUNT` of the auth method", Default: "the method's name",
	}
	Audience = Setting{ // a ConfigMap with an audience could turn a requested token into one for the API server
		Title: "audience", Flag: "audience", Env: "VAULTSEAL_AUDIENCE",
		Usage: "`AUDIENCE` of the ServiceAccount's token", Preset: DefaultAudience,
	}
	TokenFile = Setting{
		Title: "ServiceAccount token file", Flag: "service-account-token-file",
		Env:   "VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE",
		Usage: "`FILE` with a projected ServiceAccount token to use instead of requesting one",
	}
	TransitKey = Setting{
		Title: "transit key", Flag: "transit-key", Env: "VAULTSEAL_TRANSIT_KEY", Key: "transit-key",
		Usage: "`[MOUNT/]NAME` of the transit key; {namespace} stands for the Secret's namespace",
	}
	Role = Setting{
		Title: "Vault role", Flag: "vault-role", Env: "VAULTSEAL_ROLE", Key: "role", EachPart: true,
		Usage:   "`ROLE` of the auth method",
		Default: "vaultseal, vaultseal-reader for exec and the library, vaultseal-rotator for rotate and verify -A",
	}
	ServiceAccount = Setting{
		Title: "ServiceAccount", Flag: "service-account", Env: "VAULTSEAL_SERVICE_ACCOUNT", Key: "service-account",
		Usage:    "`[NAMESPACE/]NAME` of the ServiceAccount whose token is exchanged for a Vault token",
		Default:  "named as the role, in the Secret's namespace, the rotator's in " + DefaultNamespace,
		EachPart: true,
	}
	ConfigNamespace = Setting{
		Title: "namespace of the configuration", Flag: "config-namespace", Preset: DefaultNamespace, Hidden: true,
		Usage: "`NAMESPACE` of the ConfigMap " + ConfigMapName + ", which configures the cluster; empty to ignore it",
	}
)

// Settings returns all settings, in the order of the documentation.
func Settings() []Setting {
	return []Setting{
		VaultAddr, VaultCACert, VaultNamespace, VaultServerName, VaultCACertText, VaultCAPath, VaultProxy,
		VaultClientCert, VaultClientKey, VaultToken, SkipVerify, AuthMethod, AuthMount, Audience, TokenFile, TransitKey,
		Role, ServiceAccount, ConfigNamespace,
	}
}

// ConfigMapName is the name of the cluster's ConfigMap.
const ConfigMapName = "vaultseal"

// DefaultNamespace is the namespace of the cluster's ConfigMap.
const DefaultNamespace = "vaultseal-system"

// DefaultAudience is the audience of the tokens that Vault accepts.
const DefaultAudience = "vault"

// skipVerifyEnv is refused if true: see vault.go.
const skipVerifyEnv = "VAULT_SKIP_VERIFY"

// FlagUsage returns the help of the setting's flag.
func (s Setting) FlagUsage() string {
	var ways []string
	if s.Env != "" {
		ways = append(ways, s.Env)
	}
	if text := s.DefaultText(); text != "" {
		ways = append(ways, "default "+text)
	}
	if len(ways) == 0 {
		return s.Usage
	}
	return s.Usage + " (" + strings.Join(ways, "; ") + ")"
}

// DefaultText returns the default in words; empty: there is none.
func (s Setting) DefaultText() string { return cmp.Or(s.Preset, s.Default) }

// Keys returns the setting's keys in the ConfigMap.
func (s Setting) Keys() []string {
	switch {
	case s.Key == "":
		return nil
	case !s.EachPart:
		return []string{s.Key}
	}
	keys := make([]string, len(parts()))
	for n, part := range parts() {
		keys[n] = part.own(s).Key
	}
	return keys
}

// trusted returns the settings that decide which Vault gets the plaintext and the tokens.
func trusted() []Setting {
	return slices.DeleteFunc(Settings(), func(s Setting) bool { return !s.Trusted })
}

// vaultGroup returns these and the proxy: everything that the ConfigMap has about the Vault itself.
func vaultGroup() []Setting { return append(trusted(), VaultProxy) }
