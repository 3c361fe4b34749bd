// Package vaultseal keeps Kubernetes Secrets as HashiCorp Vault Transit
// ciphertext: Create seals, Open opens, Rotate moves everything to a new key
// version without plaintext ever leaving Vault, Verify proves that all of it
// still opens.
//
// A Client speaks to Kubernetes as the user and to Vault with a token that it
// gets for a ServiceAccount, which lives for seconds; Close revokes it.
package vaultseal
