package config

// Setting is one thing that can be configured, and every way to give it.
type Setting struct {
	Title string // what a person calls it
	Flag  string // without the dashes
	Env   string
	Key   string // of the ConfigMap; empty: not taken from there
}

// The settings. Role and ServiceAccount have a ConfigMap key for each part, see Part.
var (
	vaultAddr       = Setting{"Vault address", "vault-addr", "VAULT_ADDR", "vault-addr"}
	vaultCACert     = Setting{"Vault CA certificate", "vault-ca-cert", "VAULT_CACERT", "vault-ca.crt"}
	vaultCAPath     = Setting{"Vault CA directory", "", "VAULT_CAPATH", ""}
	vaultNamespace  = Setting{"Vault namespace", "vault-namespace", "VAULT_NAMESPACE", "vault-namespace"}
	vaultServerName = Setting{"Vault TLS server name", "vault-tls-server-name", "VAULT_TLS_SERVER_NAME", "vault-tls-server-name"}
	vaultProxy      = Setting{"Vault proxy", "vault-proxy-url", "VAULTSEAL_VAULT_PROXY_URL", "vault-proxy-url"}
	vaultClientCert = Setting{"Vault client certificate", "", "VAULT_CLIENT_CERT", ""}
	vaultClientKey  = Setting{"Vault client key", "", "VAULT_CLIENT_KEY", ""}
	vaultToken      = Setting{"Vault token", "", "VAULT_TOKEN", ""}

	authMethod     = Setting{"Vault auth method", "vault-auth-method", "VAULTSEAL_AUTH_METHOD", "auth-method"}
	authMount      = Setting{"Vault auth mount", "vault-auth-mount", "VAULTSEAL_AUTH_MOUNT", "auth-mount"}
	role           = Setting{"Vault role", "vault-role", "VAULTSEAL_ROLE", "role"}
	serviceAccount = Setting{"ServiceAccount", "service-account", "VAULTSEAL_SERVICE_ACCOUNT", "service-account"}
	audience       = Setting{"audience", "audience", "VAULTSEAL_AUDIENCE", ""}
	tokenFile      = Setting{"ServiceAccount token file", "service-account-token-file", "VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE", ""}
	transitKey     = Setting{"transit key", "transit-key", "VAULTSEAL_TRANSIT_KEY", "transit-key"}
)

// vaultGroup are the settings that say which Vault gets the plaintext: see vault.go.
func vaultGroup() []Setting {
	return []Setting{vaultAddr, vaultCACert, vaultNamespace, vaultServerName, vaultProxy}
}

// skipVerifyEnv is refused when true: see vault.go.
const (
	skipVerifyEnv  = "VAULT_SKIP_VERIFY"
	skipVerifyFlag = "vault-insecure-skip-tls-verify"
)

// Origin is the kind of a Source.
type Origin string

// The origins, in the order in which they win.
const (
	FromFlag        Origin = "flag"
	FromEnvironment Origin = "environment"
	FromConfigMap   Origin = "configmap"
	FromDefault     Origin = "default"
)

// Source tells where a value came from. The zero Source is that of a value nobody gave.
type Source struct {
	Origin Origin
	Name   string // the flag, the variable or the ConfigMap key; empty for a default
}

func (s Source) String() string {
	switch s.Origin {
	case FromFlag:
		return "flag --" + s.Name
	case FromEnvironment:
		return "environment variable " + s.Name
	case FromConfigMap:
		return "ConfigMap key " + s.Name
	case FromDefault:
		return "default"
	}
	return "not set"
}

// Value is one effective value and where it came from.
type Value[T any] struct {
	Value  T
	Source Source
}

// Given tells whether anybody gave the value, a default included.
func (v Value[T]) Given() bool { return v.Source.Origin != "" }

// parsed turns the text of a value into its type, and blames the source when it cannot.
func parsed[T any](from Value[string], parse func(string) (T, error)) (Value[T], error) {
	typed, err := parse(from.Value)
	if err != nil {
		return Value[T]{}, &ValueError{Source: from.Source, Err: err}
	}
	return Value[T]{Value: typed, Source: from.Source}, nil
}
