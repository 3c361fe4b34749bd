// Package vaultseal keeps Kubernetes Secrets as HashiCorp Vault Transit
// ciphertext: Create seals, Open opens, Rotate moves everything to a new key
// version without plaintext ever leaving Vault, Verify proves that all of it
// still opens.
//
// A Client speaks to Kubernetes as the user and to Vault with a token that it
// gets for a ServiceAccount, which lives for seconds; Close revokes it.
//
// An entry's name and its plaintext come from anyone who may write the Secret and
// seal. A program must not make environment variables of them unless it has
// chosen the names itself: HOME, LD_PRELOAD, HTTPS_PROXY and their kind decide
// what a program runs, reads and connects to. The command exec refuses these.
package engine
