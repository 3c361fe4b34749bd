package engine

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// age are the annotations about the age to set. If all ciphertexts are used again, the time when they were sealed is
// too, so that the manifest is the same each time. An earlier expiry stays unless the manifest has one.
func (m *manifestSeal) age(now time.Time) map[string]any {
	annotations := map[string]any{}
	if len(m.result.Set) > m.result.Reused {
		annotations[sealed.SealedAtAnnotation] = sealed.FormatTime(now)
	} else if text := chosenTime(m.sources, sealed.SealedAtAnnotation, time.Time.After); text != "" {
		annotations[sealed.SealedAtAnnotation] = text
	}
	if _, found := m.request.Secret.Annotations[sealed.ExpiresAnnotation]; !found {
		if text := chosenTime(m.request.Earlier, sealed.ExpiresAnnotation, time.Time.Before); text != "" {
			annotations[sealed.ExpiresAnnotation] = text
		}
	}
	return annotations
}

// chosenTime is the text of the time that is before or after those of the other Secrets; empty: none has one. Others
// may have written the annotations, so only times are copied.
func chosenTime(secrets []*corev1.Secret, annotation string, better func(a, b time.Time) bool) (text string) {
	var chosen time.Time
	for _, secret := range secrets {
		is := secret.Annotations[annotation]
		if at, err := sealed.ParseTime(is); err == nil && (text == "" || better(at, chosen)) {
			text, chosen = is, at
		}
	}
	return text
}
