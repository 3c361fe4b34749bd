// Package transit is a client of HashiCorp Vault's Transit engine: TLS, login, a session whose token lives in memory
// for seconds, batches of encrypt, decrypt and rewrap, key metadata and rotation, and errors for errors.Is and
// errors.As.
//
// It does not use Kubernetes and reads no environment variables: [Config] and [Auth] contain all that it uses.
//
// No error, and no String, Format or log value of a type of this package, holds a Vault token, a login JWT, plaintext
// or ciphertext.
//
// The compatibility promise of pkg/vaultseal does not cover this package: any version may change it.
package transit
