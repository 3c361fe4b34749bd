// Package delivery opens entries of sealed Secrets in a pod and writes them to its volumes, as kubelet does with the
// entries of a plaintext Secret. kubelet delivers the ciphertext; the API server is not contacted.
package delivery
