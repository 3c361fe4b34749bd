package vaultseal

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The errors that you test for with errors.Is.
var (
	// ErrNotFound: the Secret, or the entry, does not exist.
	ErrNotFound = kube.ErrNotFound
	// ErrNotSealed: the Secret, or one of its entries, is not sealed.
	ErrNotSealed = engine.ErrNotSealed
	// ErrNoTransitKey: neither the Secret nor the configuration names a transit key.
	ErrNoTransitKey = engine.ErrNoTransitKey
	// ErrAccountNotFound: the ServiceAccount whose token is exchanged for a Vault token does not exist.
	ErrAccountNotFound = kube.ErrAccountNotFound
	// ErrKubernetesUnreachable: the API server cannot be reached.
	ErrKubernetesUnreachable = kube.ErrUnreachable
	// ErrKubernetesUnavailable: the API server cannot serve requests now.
	ErrKubernetesUnavailable = kube.ErrUnavailable
	// ErrDenied: Kubernetes or Vault denies the operation.
	ErrDenied = transit.ErrDenied
	// ErrUnauthenticated: Kubernetes or Vault does not accept the credential.
	ErrUnauthenticated = transit.ErrUnauthenticated
	// ErrTampered: a ciphertext does not authenticate, or belongs to another entry, Secret or namespace.
	ErrTampered = transit.ErrTampered
	// ErrVersionRetired: a ciphertext is older than the transit key's min_decryption_version.
	ErrVersionRetired = transit.ErrVersionRetired
	// ErrVersionTooNew: a ciphertext has a key version that the transit key does not have.
	ErrVersionTooNew = transit.ErrVersionTooNew
	// ErrContextRequired: the transit key is derived, and the Secret has no scope.
	ErrContextRequired = transit.ErrContextRequired
	// ErrKeyNotFound: the transit key does not exist.
	ErrKeyNotFound = transit.ErrKeyNotFound
	// ErrVaultSealed: Vault is sealed or not initialized.
	ErrVaultSealed = transit.ErrSealed
	// ErrVaultUnreachable: Vault cannot be reached.
	ErrVaultUnreachable = transit.ErrUnreachable
	// ErrRateLimited: Vault's quota refuses the request, also after retries.
	ErrRateLimited = transit.ErrRateLimited
	// ErrClosed: the Reader is closed.
	ErrClosed = transit.ErrClosed
)

// The errors with fields, for errors.As: each with a pointer, as *ScopeError. Their fields are listed here because
// their types are internal. A transit key, a ServiceAccount and a setting have a String method or text fields of their
// own.
type (
	// ScopeError says that the Secret's entries are bound to less than [WithLeastScope] accepts. Fields:
	//   - Scope: the scope that the Secret's annotation names.
	//   - Least: the least scope that is accepted.
	//   - NotDerived: the transit key, if Vault bound nothing because that key is not derived. Otherwise empty.
	ScopeError = engine.ScopeError
	// KeyMismatchError says that the Secret's annotation names another transit key than [WithTransitKey]. Fields:
	//   - Namespace, Name: of the Secret.
	//   - Annotated: the transit key in the annotation.
	//   - Wanted: the transit key of the option.
	KeyMismatchError = engine.KeyMismatchError
	// OtherKeyError says that the Secret's annotation names another transit key than the one configured for its
	// namespace, and Vault did not open the Secret with it. Fields:
	//   - Namespace, Name: of the Secret.
	//   - Annotated: the transit key in the annotation.
	//   - Configured: the transit key that is configured for the namespace.
	//   - Of: the namespace that Annotated is configured for. Empty if none is known.
	//   - Bound: whether the annotation says that the entries open in one namespace only.
	//   - Err: Vault's error.
	OtherKeyError = engine.OtherKeyError
	// AccountError says that no token can be requested for the ServiceAccount. Fields:
	//   - Account: the Namespace and Name of the ServiceAccount.
	//   - Err: the error of the API server.
	AccountError = kube.AccountError
	// TokenAudienceError says that the API server would accept the ServiceAccount token, so it is not sent to Vault.
	// Fields:
	//   - Audience: the token's audience that the API server accepts. Empty if the token has no audience.
	//   - File: the file of the token. Empty if the token was requested for Account.
	//   - Account: the Namespace and Name of the ServiceAccount.
	TokenAudienceError = kube.TokenAudienceError
	// NoServerError says that neither the kubeconfig nor a pod names an API server. Fields:
	//   - NoKubeconfig: whether the kubeconfig is missing or empty.
	//   - Cluster: the cluster of the kubeconfig that names no server, if that is the reason.
	//   - Reason: which name is missing in a kubeconfig.
	NoServerError = kube.NoServerError
	// MissingError says that required settings have no value. Fields:
	//   - Settings: the settings, each with its Title, Flag, Env (variable) and Key (of the ConfigMap).
	//   - UnverifiedServer: the API server, if its ConfigMap has a value but is not trusted, because the server uses
	//     plain http or its certificate is not verified.
	//   - Unsaid: settings of the ConfigMap that are not used, because VAULT_TOKEN would be sent there.
	//   - ForOpenBao: settings that a variable of OpenBao's CLI has (BAO_ADDR), which is not read.
	//   - Outside: whether VAULT_TOKEN would be sent to the address.
	//   - NoConfigMap: whether the ConfigMap is not read.
	MissingError = config.MissingError
	// ConflictError says that the environment and the cluster's ConfigMap name different Vaults. Fields:
	//   - Setting: the setting that differs.
	//   - Environment, ConfigMap: the two values, each with its Value and Source.
	//   - Outside: whether VAULT_TOKEN would be sent to that Vault.
	ConflictError = config.ConflictError
	// ValueError says that a setting has an invalid value. Fields:
	//   - Source: where the value is from. It has a String method.
	//   - Err: what is wrong with the value.
	ValueError = config.ValueError
	// UnsaidError says that only the ConfigMap has settings that decide where VAULT_TOKEN is sent. Fields:
	//   - Unsaid: these settings, each with its Setting and Value.
	UnsaidError = config.UnsaidError
	// CertificateError says that Vault's certificate is not valid for its address. Fields:
	//   - Address: Vault's address.
	//   - Name: the host name or IP address that the certificate must cover.
	//   - DNSNames, IPAddresses: what it covers.
	//   - NotBefore, NotAfter: when it is valid.
	//   - Err: the error of crypto/x509.
	CertificateError = transit.CertificateError
)
