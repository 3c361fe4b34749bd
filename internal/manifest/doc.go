// Package manifest reads the Secrets of manifests: YAML or JSON text with one or many objects. It changes sealed
// Secrets in their files, where it writes only the bytes of the values that change.
//
// A text is split into documents, each document is parsed once, and one walk finds the Secrets in it and in its lists.
// ReadPlain and ReadSealed decide what to do with what is found. Both compare it with what kubectl reads.
//
// Errors never contain a value of the text, because a plaintext manifest contains secrets. Only Files uses the file
// system. This package contacts no server.
package manifest
