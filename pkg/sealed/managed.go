package sealed

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// owner is a tool that keeps an object as its source says, and how that shows.
type owner struct {
	name                    string
	labels, annotations     []string
	labelValue, managerHint string // with either, a label counts only beside it
}

func owners() []owner {
	return []owner{
		{name: "Argo CD", annotations: []string{"argocd.argoproj.io/tracking-id"}, labels: []string{"argocd.argoproj.io/instance"}},
		// Argo CD's default until version 3, which charts set too: only its own writes tell them apart.
		{name: "Argo CD", labels: []string{"app.kubernetes.io/instance"}, managerHint: "argocd"},
		{name: "Flux", labels: []string{"kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"}},
		{name: "Helm", annotations: []string{"meta.helm.sh/release-name"}},
		{name: "Helm", labels: []string{"app.kubernetes.io/managed-by"}, labelValue: "Helm"},
	}
}

// ManagedBy tells who would put a Secret back to the ciphertext that its source
// holds, and how that shows, as "Flux (label kustomize.toolkit.fluxcd.io/name)";
// empty for nobody.
func ManagedBy(s *corev1.Secret) string {
	for _, o := range owners() {
		for _, name := range o.annotations {
			if s.Annotations[name] != "" {
				return o.name + " (annotation " + name + ")"
			}
		}
		for _, name := range o.labels {
			if value := s.Labels[name]; value != "" && o.owns(s, value) {
				return o.name + " (label " + name + ")"
			}
		}
	}
	if lastAppliedCiphertext(s) {
		return "kubectl apply (annotation " + LastAppliedAnnotation + ")"
	}
	return ""
}

func (o owner) owns(s *corev1.Secret, labelValue string) bool {
	switch {
	case o.labelValue != "":
		return labelValue == o.labelValue
	case o.managerHint != "":
		for _, field := range s.ManagedFields {
			if strings.Contains(field.Manager, o.managerHint) {
				return true
			}
		}
		return false
	}
	return true
}
