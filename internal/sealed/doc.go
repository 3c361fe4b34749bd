// Package sealed says what a sealed Secret is: which entries are Transit
// ciphertexts, under which transit key, bound to which scope.
//
// It is pure: it reads and builds values, and never speaks to Kubernetes or
// to Vault. The format is v1; every name it uses stands in metadata.go.
package sealed
