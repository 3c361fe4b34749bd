// Package doctor walks the chain that a user of vaultseal depends on, from the
// kubeconfig to an entry that is sealed and opened again, and tells of each
// link whether it holds, why not, and what mends it.
//
// It writes nothing, neither to the cluster nor to Vault, and leaves no Vault
// token behind. No finding holds a token or a plaintext.
package doctor
