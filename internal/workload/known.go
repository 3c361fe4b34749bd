package workload

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// State is what is known about a Secret or a ConfigMap.
type State int

// The states.
const (
	// Unknown: it was found nowhere, and may exist.
	Unknown State = iota
	// Absent: the cluster does not have it.
	Absent
	// Plain: it is a ConfigMap, or a Secret without a sealed entry.
	Plain
	// Mixed: only some entries of the Secret are sealed.
	Mixed
	// Elsewhere: the cluster may have it, and is not asked in its namespace.
	Elsewhere
	// Sealed: all entries of the Secret are sealed.
	Sealed
)

// notSealed says what a Secret is that is not sealed.
func (s State) notSealed() string {
	switch s {
	case Unknown:
		return "is not in the input"
	case Absent:
		return "does not exist"
	case Plain, Mixed, Elsewhere, Sealed:
	}
	return "has plaintext"
}

// Secret is what is known about a Secret. It has no value.
type Secret struct {
	State State
	Key   transit.Key  // of a sealed Secret; zero: not known
	Scope sealed.Scope // of a sealed Secret
	// KeyChosen and ScopeChosen: the user specified it, and no annotation.
	KeyChosen, ScopeChosen bool
	// Entries are the sorted names of all entries, if EntriesKnown.
	Entries      []string
	EntriesKnown bool
}

// ConfigMap is what is known about a ConfigMap.
type ConfigMap struct {
	State State
	Keys  []string // sorted; of data, without those of binaryData
}

// Known answers what is known about the cluster and Vault. inject asks only what a workload needs.
type Known interface {
	Secret(namespace, name string) (Secret, error)
	// SecretIfKnown is what is known about a Secret without asking the cluster.
	SecretIfKnown(namespace, name string) Secret
	ConfigMap(namespace, name string) (ConfigMap, error)
	// WithoutVariableFiles says why kubelet cannot set variables from files; a zero value: it can.
	WithoutVariableFiles() (Without, error)
	// Vault says how injected containers reach Vault.
	Vault() (Vault, error)
}

// Without says why kubelet cannot set variables from files.
type Without struct {
	Reason string // empty: it can
	// Old: a node is too old. Otherwise the versions of the nodes are not known.
	Old bool
}
