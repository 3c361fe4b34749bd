package sealed

import "strings"

// IsMetadata reports whether a label or an annotation must not be copied between a plaintext Secret and its sealed
// one: it describes the sealing, or a tool may keep plaintext in it. When the plaintext expires does not change by
// sealing.
func IsMetadata(name, _ string) bool {
	return strings.HasPrefix(name, "vaultseal.dev/") && name != ExpiresAnnotation || IsCopy(name)
}

// The metadata of a sealed Secret, format v1.
const (
	// Label marks a sealed Secret. Lists select on it.
	Label = "vaultseal.dev/sealed"
	// LabelValue is the only value of Label.
	LabelValue = "true"
	// Selector selects the sealed Secrets in a list.
	Selector = Label + "=" + LabelValue

	// TransitKeyAnnotation holds the transit key, written MOUNT/NAME.
	TransitKeyAnnotation = "vaultseal.dev/transit-key"
	// ScopeAnnotation holds what the entries are bound to. Without it they are unbound.
	ScopeAnnotation = "vaultseal.dev/scope"
	// TypeAnnotation holds the plaintext Secret's type if the sealed Secret has another type.
	TypeAnnotation = "vaultseal.dev/type"

	// LastAppliedAnnotation is the copy of an object that `kubectl apply` keeps. It may hold plaintext and must never
	// be on a sealed Secret.
	LastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration"
)
