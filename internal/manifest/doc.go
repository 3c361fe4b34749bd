// Package manifest reads Secrets from manifests, YAML or JSON text of one or many objects, and changes sealed ones in
// their files: only the bytes of the values that change.
//
// Its errors never hold a value of the text, because a plaintext manifest has secrets in it. Only Files touches the
// file system; nothing here speaks to a server.
package manifest
