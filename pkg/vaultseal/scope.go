package vaultseal

import "github.com/vaultseal/kubectl-vaultseal/internal/sealed"

// Scope is what the entries of a Secret are bound to, as text: strict, namespace-wide, cluster-wide, or empty.
type Scope = sealed.Scope

// The scopes, from the narrowest to none.
const (
	// Strict binds an entry to its namespace, Secret name and data key.
	Strict = sealed.Strict
	// NamespaceWide binds an entry to its namespace.
	NamespaceWide = sealed.NamespaceWide
	// ClusterWide binds an entry to nothing but being a cluster-wide entry.
	ClusterWide = sealed.ClusterWide
	// Unbound entries can be copied anywhere.
	Unbound = sealed.Unbound
)
