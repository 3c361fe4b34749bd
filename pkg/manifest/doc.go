// Package manifest reads Secrets from manifests: YAML or JSON text of one or many objects.
//
// It is pure: it opens no file and speaks to nobody. Its errors never hold a value of the text, because a plaintext
// manifest has secrets in it.
package manifest
