// Package vaultseal opens sealed Secrets for an application: Kubernetes Secrets whose values are ciphertext of
// HashiCorp Vault's Transit engine.
//
//	reader, err := vaultseal.NewReader(ctx)
//	if err != nil {
//		return err
//	}
//	defer func() { _ = reader.Close(ctx) }() // revokes the Vault token
//	password, err := reader.OpenEntry(ctx, "app", "password")
//
// In a pod you need no option: the package uses the pod's ServiceAccount and the cluster's ConfigMap vaultseal.
// [Reader.Open] opens all entries of a Secret, [Reader.OpenEntry] one, and [Reader.Unmarshal] decodes a document.
// To tell errors apart, use [errors.Is] and [errors.As]. No error holds plaintext or a token.
//
// Do not set environment variables whose names come from a Secret. Anyone who may write the Secret chooses them, and
// LD_PRELOAD, HOME or HTTPS_PROXY change what your program runs, reads and connects to.
//
// # Compatibility
//
// Versions follow Semantic Versioning 2.0.0. Within a major version, programs that use the exported names of this
// package, and the fields that their comments list, keep compiling and working. Before 1.0.0 a minor version may
// change them; CHANGELOG.md says how. No other package of this module is covered.
//
// The package needs Go 1.26 or later. It is tested with Kubernetes 1.34, 1.35, 1.36, 1.37 and Vault 1.21, and is
// expected to work with Kubernetes 1.22 and Vault 1.13 or later: see docs/compatibility.md.
package vaultseal
