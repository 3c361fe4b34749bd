// Package formcheck checks the form of sealed Secrets in manifests: that every entry is a ciphertext, and that names
// and annotations fit. It contacts no server, so it never proves that an entry opens.
package formcheck
