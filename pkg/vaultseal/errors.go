package vaultseal

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// The errors that callers test for, with errors.Is.
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

// The errors with fields, for errors.As.
type (
	// ScopeError: the Secret's entries are bound to less than WithLeastScope accepts.
	// Fields: Scope and Least (Scope), and NotDerived (the transit key, if it is not derived).
	ScopeError = engine.ScopeError
	// KeyMismatchError: the Secret's annotation names another transit key than WithTransitKey.
	// Fields: Namespace and Name of the Secret; Annotated and Wanted, the transit keys.
	KeyMismatchError = engine.KeyMismatchError
	// OtherKeyError: the Secret was sealed for another namespace.
	OtherKeyError = engine.OtherKeyError
	// AccountError: no token can be requested for a ServiceAccount.
	// Field: Account, with Namespace and Name.
	AccountError = kube.AccountError
	// TokenAudienceError: the API server would accept the ServiceAccount token, so Vault does not get it.
	// Fields: Audience, File, Account.
	TokenAudienceError = kube.TokenAudienceError
	// NoServerError: neither the kubeconfig nor a pod names an API server.
	NoServerError = kube.NoServerError
	// MissingError: required settings have no value.
	MissingError = config.MissingError
	// ConflictError: the environment and the cluster's ConfigMap name different Vaults.
	ConflictError = config.ConflictError
	// CertificateError: Vault's certificate is not valid for its address.
	CertificateError = transit.CertificateError
)
