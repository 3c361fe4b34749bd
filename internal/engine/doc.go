// Package engine is what the commands and the library do with sealed Secrets: create, open, change, rotate, retire and
// verify them. It has no flags, no terminal and no hints: callers get typed errors and reports.
//
// A Client reads and writes Secrets as the user, and speaks to Vault with a token that it gets for a ServiceAccount.
// Close revokes that token.
//
// These must hold:
//   - Rotating and verifying never decrypt: Vault rewraps, and plaintext does not leave it.
//   - The entries of a Secret change in one write, which carries the resourceVersion that it was computed from.
//   - No error and no report holds plaintext or a token.
package engine
