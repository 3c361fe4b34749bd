package sealed

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const helmReleaseType corev1.SecretType = "helm.sh/release.v1"

// CheckReplaceable tells why the values of a live Secret must not be replaced
// by ciphertext: it is immutable, somebody else keeps writing it, or the API
// server or a controller reads values of its type.
func CheckReplaceable(s *corev1.Secret) error {
	if s.Immutable != nil && *s.Immutable {
		return errors.New("it is immutable")
	}
	if owner := metav1.GetControllerOf(s); owner != nil {
		return fmt.Errorf("%s/%s controls it and would write it again", owner.Kind, owner.Name)
	}
	switch s.Type {
	case corev1.SecretTypeDockercfg, corev1.SecretTypeDockerConfigJson:
		return fmt.Errorf("kubelet reads values of type %s, which cannot be sealed in place", s.Type)
	case corev1.SecretTypeServiceAccountToken, corev1.SecretTypeBootstrapToken, helmReleaseType:
		return fmt.Errorf("a controller reads values of type %s, which cannot be sealed in place", s.Type)
	}
	return nil
}

// LastAppliedPlaintext names the entries whose plaintext the Secret's
// last-applied-configuration carries. One that cannot be read is reported
// under the annotation's own name: what is in there is not known to be sealed.
func LastAppliedPlaintext(s *corev1.Secret) []string {
	applied, err := lastApplied(s)
	if err != nil {
		return []string{LastAppliedAnnotation}
	}
	plain := map[string]bool{}
	for name, value := range applied.Data {
		plain[name] = len(value) > 0 && !isCiphertext(string(value))
	}
	for name, value := range applied.StringData {
		plain[name] = plain[name] || value != "" && !isCiphertext(value)
	}
	maps.DeleteFunc(plain, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(plain))
}

// lastAppliedCiphertext tells whether what kubectl apply kept holds ciphertext:
// then a sealed manifest is applied from somewhere.
func lastAppliedCiphertext(s *corev1.Secret) bool {
	applied, err := lastApplied(s)
	if err != nil {
		return false
	}
	for _, value := range applied.Data {
		if isCiphertext(string(value)) {
			return true
		}
	}
	for _, value := range applied.StringData {
		if isCiphertext(value) {
			return true
		}
	}
	return false
}

// appliedValues is what kubectl apply keeps of a Secret's values.
type appliedValues struct {
	Data       map[string][]byte `json:"data"`
	StringData map[string]string `json:"stringData"`
}

// lastApplied never quotes the annotation in its error.
func lastApplied(s *corev1.Secret) (appliedValues, error) {
	var kept appliedValues
	text, found := s.Annotations[LastAppliedAnnotation]
	if !found {
		return kept, nil
	}
	if json.Unmarshal([]byte(text), &kept) != nil {
		return kept, errors.New("annotation " + LastAppliedAnnotation + " cannot be read")
	}
	return kept, nil
}

func isCiphertext(value string) bool {
	_, err := transit.ParseCiphertext(value)
	return err == nil
}
