package sealed

import (
	"fmt"
	"slices"
)

// Scope is what the ciphertexts of a Secret are bound to.
type Scope string

// The scopes, from the narrowest to none.
const (
	// Strict binds an entry to its namespace, Secret name and data key.
	Strict Scope = "strict"
	// NamespaceWide binds an entry to its namespace.
	NamespaceWide Scope = "namespace-wide"
	// ClusterWide binds an entry only to this scope: it opens at any place in the cluster.
	ClusterWide Scope = "cluster-wide"
	// Unbound entries are sealed with a key that is not derived.
	Unbound Scope = ""
)

// ParseScope reads the name of a scope. Unbound has no name and cannot be read.
func ParseScope(name string) (Scope, error) {
	switch scope := Scope(name); scope {
	case Strict, NamespaceWide, ClusterWide:
		return scope, nil
	default:
		return Unbound, fmt.Errorf("scope %q: want %s, %s or %s", name, Strict, NamespaceWide, ClusterWide)
	}
}

// Covers reports whether the scope is as narrow as least, or narrower. Nothing covers an unknown scope.
func (s Scope) Covers(least Scope) bool {
	from := []Scope{Unbound, ClusterWide, NamespaceWide, Strict}
	at := slices.Index(from, least)
	return at >= 0 && slices.Index(from, s) >= at
}

// Place is where an entry lives, or a Secret: then Entry is empty.
type Place struct {
	Namespace, Name, Entry string
}

// Context returns Transit's key-derivation context of an entry at that place, nil for Unbound. It depends on where the
// entry is and never on an annotation. It contains the scope, so that a ciphertext does not open under another scope.
//
// Different places have different contexts, because no namespace, Secret name or data key contains a slash.
func (s Scope) Context(at Place) []byte {
	switch s {
	case Strict:
		return []byte("v1/strict/" + at.Namespace + "/" + at.Name + "/" + at.Entry)
	case NamespaceWide:
		return []byte("v1/namespace-wide/" + at.Namespace)
	case ClusterWide:
		return []byte("v1/cluster-wide")
	default:
		return nil
	}
}

func (s Scope) String() string {
	if s == Unbound {
		return "unbound"
	}
	return string(s)
}
