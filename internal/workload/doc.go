// Package workload changes the manifests of workloads so that their containers get the values of sealed Secrets. An
// init container opens the values; kubelet delivers the ciphertext. See docs/applications.md for the shape of the
// result.
//
// The package is pure: what is known about Secrets and Vault is given to it, and it returns edits of the manifest.
package workload
