// Package transit speaks to HashiCorp Vault's Transit engine: TLS, login, a session whose token lives in
// memory for seconds, batches of encrypt, decrypt and rewrap, key metadata and rotation, and errors that
// can be told apart with errors.Is and errors.As.
//
// It knows nothing of Kubernetes. What it takes from outside comes through [Config] and [Auth]; of the
// process's environment it reads nothing (see [NewClient]).
//
// No error, and no String, Format or log value of a type of this package, holds a Vault token, a login
// JWT, a plaintext or a ciphertext.
package transit
