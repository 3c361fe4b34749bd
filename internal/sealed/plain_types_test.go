package sealed

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPlainTypes(t *testing.T) {
	if got := len(PlainTypes()); got != 5 {
		t.Errorf("%d types", got)
	}
	for _, kind := range PlainTypes() {
		var plain *PlainTypeError
		if err := CheckType(kind); !errors.As(err, &plain) || plain.Type != kind || plain.Reader == "" {
			t.Errorf("CheckType(%s) = %v", kind, err)
		}
	}
	for _, kind := range []corev1.SecretType{
		"", corev1.SecretTypeOpaque, corev1.SecretTypeTLS, corev1.SecretTypeBasicAuth, corev1.SecretTypeSSHAuth,
		"example.org/own",
	} {
		if err := CheckType(kind); err != nil {
			t.Errorf("CheckType(%s) = %v", kind, err)
		}
	}
	const want = "kubelet reads values of type kubernetes.io/dockerconfigjson, which must stay plaintext"
	if err := CheckType(corev1.SecretTypeDockerConfigJson); err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
