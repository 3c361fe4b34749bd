package sealed

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// PlainTypeError says that Secrets of a type must stay plaintext, because something other than a pod reads them.
type PlainTypeError struct {
	Type   corev1.SecretType
	Reader string // who reads them: "kubelet"
}

func (e *PlainTypeError) Error() string {
	return fmt.Sprintf("%s reads values of type %s, which must stay plaintext", e.Reader, e.Type)
}

// plainTypes are the types whose Secrets must stay plaintext: kubelet, the API server or a controller reads their
// values, fills them in or refuses ciphertext. Secrets of all other types can be sealed, those of kubernetes.io/tls
// too: the API server checks only that they have the entries, and inject gives them to pods.
func plainTypes() []PlainTypeError {
	const kubelet, controller = "kubelet", "a controller"
	return []PlainTypeError{
		{corev1.SecretTypeServiceAccountToken, controller}, // which also writes them
		{corev1.SecretTypeBootstrapToken, controller},      // and the API server
		{"helm.sh/release.v1", controller},                 // the releases of Helm
		{corev1.SecretTypeDockercfg, kubelet},              // for images; the API server refuses what is not JSON
		{corev1.SecretTypeDockerConfigJson, kubelet},
	}
}

// PlainTypes returns the types whose Secrets must stay plaintext.
func PlainTypes() []corev1.SecretType {
	var types []corev1.SecretType
	for _, plain := range plainTypes() {
		types = append(types, plain.Type)
	}
	return types
}

// CheckType returns a *PlainTypeError if Secrets of the type must stay plaintext.
func CheckType(kind corev1.SecretType) error {
	all := plainTypes()
	n := slices.IndexFunc(all, func(plain PlainTypeError) bool { return plain.Type == kind })
	if n < 0 {
		return nil
	}
	return &all[n]
}
