package sealed

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const helmReleaseType corev1.SecretType = "helm.sh/release.v1"

// CheckReplaceable returns an error if the values of a live Secret must not be replaced by ciphertext: it is
// immutable, a controller owns it, or kubelet or a controller reads values of its type.
func CheckReplaceable(s *corev1.Secret) error {
	if s.Immutable != nil && *s.Immutable {
		return errors.New("it is immutable")
	}
	if owner := metav1.GetControllerOf(s); owner != nil {
		return fmt.Errorf("%s/%s controls it and would overwrite it", owner.Kind, owner.Name)
	}
	switch s.Type {
	case corev1.SecretTypeDockercfg, corev1.SecretTypeDockerConfigJson:
		return fmt.Errorf("kubelet reads values of type %s, which cannot be sealed in place", s.Type)
	case corev1.SecretTypeServiceAccountToken, corev1.SecretTypeBootstrapToken, helmReleaseType:
		return fmt.Errorf("a controller reads values of type %s, which cannot be sealed in place", s.Type)
	}
	return nil
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
