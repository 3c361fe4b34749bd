package sealed

import (
	"fmt"
	"slices"
)

// Scope says what the ciphertexts of a Secret are bound to.
type Scope string

// The scopes, from the narrowest to none.
const (
	// Strict binds an entry to its namespace, Secret name and data key.
	Strict Scope = "strict"
	// NamespaceWide binds an entry to its namespace.
	NamespaceWide Scope = "namespace-wide"
	// ClusterWide binds an entry to nothing but being a cluster-wide entry.
	ClusterWide Scope = "cluster-wide"
	// Unbound entries are sealed with a key that is not derived.
	Unbound Scope = ""
)

// ParseScope reads the name of a scope. Unbound has no name.
func ParseScope(name string) (Scope, error) {
	switch scope := Scope(name); scope {
	case Strict, NamespaceWide, ClusterWide:
		return scope, nil
	default:
		return Unbound, fmt.Errorf("scope %q: want %s, %s or %s", name, Strict, NamespaceWide, ClusterWide)
	}
}

// Covers tells whether what is sealed with the scope is bound to as much as the least one asks for, or to more.
func (s Scope) Covers(least Scope) bool {
	from := []Scope{Unbound, ClusterWide, NamespaceWide, Strict}
	return slices.Index(from, s) >= slices.Index(from, least)
}

// Place is where an entry lives.
type Place struct {
	Namespace, Name, Entry string
}

// Context is Transit's key-derivation context of an entry at that place, nil
// for Unbound. It is computed from where the entry is, never from anything an
// annotation could say; the scope itself is part of it, so that no ciphertext
// opens under another scope.
//
// The parts cannot run into each other: no namespace, Secret name or data key
// holds a slash.
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
