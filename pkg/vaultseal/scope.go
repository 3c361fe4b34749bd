package vaultseal

// Scope says what the entries of a Secret are bound to. A ciphertext that is copied elsewhere does not open there.
type Scope string

// The scopes, from the narrowest to none.
const (
	// Strict binds an entry to its namespace, Secret name and data key.
	Strict Scope = "strict"
	// NamespaceWide binds an entry to its namespace.
	NamespaceWide Scope = "namespace-wide"
	// ClusterWide binds an entry to no place: it opens in each Secret of this scope that is sealed with the same key.
	ClusterWide Scope = "cluster-wide"
	// Unbound entries are sealed with a key that is not derived. They open wherever they are copied.
	Unbound Scope = ""
)
