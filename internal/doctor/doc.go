// Package doctor checks each step that a user of vaultseal depends on, from the kubeconfig to an entry that is sealed
// and opened again. For each step it reports whether it works, why not, and how to fix it.
//
// It writes nothing to the cluster or to Vault, and revokes its Vault token. No finding contains a token or plaintext.
package doctor
