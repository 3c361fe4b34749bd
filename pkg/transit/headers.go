package transit

// The headers of Vault's API.
const (
	headerRequest      = "X-Vault-Request" // Vault Agent may require it, against forged requests
	headerToken        = "X-Vault-Token"   //nolint:gosec // a header's name
	headerNamespace    = "X-Vault-Namespace"
	headerIndex        = "X-Vault-Index"
	headerInconsistent = "X-Vault-Inconsistent"
)
