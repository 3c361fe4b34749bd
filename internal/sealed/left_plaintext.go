package sealed

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// LeftReason is why a plaintext Secret of a cluster must not be sealed.
type LeftReason string

// The reasons, in the order in which they are looked for.
const (
	LeftNamespace LeftReason = "system-namespace" // Kubernetes' own, or that of the installation
	LeftType      LeftReason = "plain-type"       // something other than a pod reads the type
	LeftImmutable LeftReason = "immutable"
	LeftOwned     LeftReason = "owned"   // another object owns it
	LeftManaged   LeftReason = "managed" // a tool would write its plaintext again
	LeftEmpty     LeftReason = "no-entries"
	LeftSealed    LeftReason = "already-sealed"
)

// LeftError says why a Secret of a cluster must not be sealed.
type LeftError struct {
	Reason LeftReason
	Err    error
}

func (e *LeftError) Error() string { return e.Err.Error() }
func (e *LeftError) Unwrap() error { return e.Err }

// CheckLive returns a *LeftError if a live Secret must not be sealed, where it is or for git. installation is the
// namespace of vaultseal's own objects. Anyone who may edit the Secret can write what decides here: at worst it stays
// plaintext, and is named.
func CheckLive(s *corev1.Secret, installation string) error {
	if err := checkNamespace(s.Namespace, installation); err != nil {
		return err
	}
	if err := CheckType(s.Type); err != nil {
		return &LeftError{LeftType, err}
	}
	if s.Immutable != nil && *s.Immutable {
		return &LeftError{LeftImmutable, errors.New("it is immutable")}
	}
	if len(s.OwnerReferences) > 0 {
		owner := s.OwnerReferences[0]
		for _, one := range s.OwnerReferences {
			if one.Controller != nil && *one.Controller {
				return &LeftError{LeftOwned, fmt.Errorf("%s/%s controls it and would overwrite it", one.Kind,
					one.Name)}
			}
		}
		return &LeftError{LeftOwned, fmt.Errorf("%s/%s owns it", owner.Kind, owner.Name)}
	}
	if by := WrittenBy(s); by != "" {
		return &LeftError{LeftManaged, fmt.Errorf("%s writes it", by)}
	}
	return nil
}

// checkNamespace refuses the namespaces whose Secrets Kubernetes or vaultseal itself needs.
func checkNamespace(namespace, installation string) error {
	switch {
	case strings.HasPrefix(namespace, "kube-"):
		return &LeftError{LeftNamespace, fmt.Errorf("namespace %s belongs to Kubernetes", namespace)}
	case namespace == installation:
		return &LeftError{LeftNamespace, fmt.Errorf("namespace %s belongs to vaultseal", namespace)}
	}
	return nil
}
