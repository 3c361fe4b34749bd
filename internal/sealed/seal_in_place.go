package sealed

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// CheckReplaceable returns an error if the values of a live Secret must not be replaced by ciphertext: it is
// immutable, a controller owns it, or Secrets of its type must stay plaintext.
func CheckReplaceable(s *corev1.Secret) error {
	if s.Immutable != nil && *s.Immutable {
		return errors.New("it is immutable")
	}
	if owner := metav1.GetControllerOf(s); owner != nil {
		return fmt.Errorf("%s/%s controls it and would overwrite it", owner.Kind, owner.Name)
	}
	return CheckType(s.Type)
}

// lastAppliedCiphertext reports whether the copy that kubectl apply keeps holds ciphertext. A sealed manifest is then
// applied from somewhere.
func lastAppliedCiphertext(s *corev1.Secret) bool {
	text, found := s.Annotations[LastAppliedAnnotation]
	if !found {
		return false
	}
	kept, err := valuesOf(text)
	return err == nil && kept.ciphertext()
}

func isCiphertext(value string) bool {
	_, err := transit.ParseCiphertext(value)
	return err == nil
}
