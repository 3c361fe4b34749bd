// Package engine does what the commands and the library do with sealed Secrets: it creates, opens, changes, rotates,
// retires and verifies them. It has no flags, no terminal and no hints. Callers get typed errors and reports.
//
// A Client works over a Store: the Secrets of a cluster, which it reads and writes as the user, or manifests in files.
// It uses Vault with a token that it gets for a ServiceAccount. Close revokes that token.
//
// These must hold:
//   - Rotating and verifying never decrypt: Vault rewraps, and plaintext does not leave it.
//   - The entries of a Secret change in one write, which carries the resourceVersion that it was computed from.
//   - No error and no report contains plaintext or a token.
package engine
