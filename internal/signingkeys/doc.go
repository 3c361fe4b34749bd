// Package signingkeys reads the public keys that a cluster signs ServiceAccount tokens with, and verifies tokens with
// them: from the API server, from Vault's configuration, or anonymously from the issuer that a token names.
package signingkeys
