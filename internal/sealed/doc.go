// Package sealed defines what a sealed Secret is: which of its entries are
// Transit ciphertexts, with which transit key they are sealed, and what scope
// they are bound to. It also decides what must not be sealed in place, who
// manages a Secret, and where its labels and annotations hold plaintext.
//
// It is pure: it reads and builds values and never connects to Kubernetes or
// Vault. The format is v1; metadata.go lists all its names.
package sealed
