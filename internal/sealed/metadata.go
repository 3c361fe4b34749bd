package sealed

import "strings"

// IsMetadata tells whether a label or an annotation belongs to the sealed Secret only, and not to the plaintext one:
// it says how that is sealed, or may hold plaintext that a tool has kept.
func IsMetadata(name, _ string) bool {
	return strings.HasPrefix(name, "vaultseal.dev/") || IsCopy(name)
}

// The metadata of a sealed Secret, format v1.
const (
	// Label marks a sealed Secret; lists select on it.
	Label = "vaultseal.dev/sealed"
	// LabelValue is the only value Label has.
	LabelValue = "true"
	// Selector selects the sealed Secrets in a list.
	Selector = Label + "=" + LabelValue

	// TransitKeyAnnotation holds the transit key, written MOUNT/NAME.
	TransitKeyAnnotation = "vaultseal.dev/transit-key"
	// ScopeAnnotation holds what the entries are bound to; absent means unbound.
	ScopeAnnotation = "vaultseal.dev/scope"
	// TypeAnnotation holds the plaintext Secret's type where it is not the sealed one's.
	TypeAnnotation = "vaultseal.dev/type"

	// LastAppliedAnnotation is what `kubectl apply` keeps of an object. It may
	// carry plaintext and never reaches a sealed Secret.
	LastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration"
)
