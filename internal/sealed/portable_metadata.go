package sealed

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// copierDomains are the domains of annotations and labels of tools that copy Secrets or render them. With them, a copy
// would be copied again, or overwritten.
func copierDomains() []string {
	return []string{
		"reflector.v1.k8s.emberstack.com", "replicator.v1.mittwald.de", "velero.io", "helm.sh",
		"alpha.config.kubernetes.io",
	}
}

// PortableLabels returns the labels that a copy of the Secret under another name or in another namespace has too: all
// but those by which a tool knows its objects, and would delete or overwrite the copy.
func PortableLabels(s *corev1.Secret) map[string]string {
	labels := maps.Clone(s.Labels)
	for _, o := range owners() {
		for _, name := range o.labels {
			if value, found := labels[name]; found && o.owns(s, value) {
				delete(labels, name)
			}
		}
	}
	maps.DeleteFunc(labels, unportable)
	return labels
}

// PortableAnnotations does the same for annotations. What describes the sealing stays.
func PortableAnnotations(s *corev1.Secret) map[string]string {
	annotations := maps.Clone(s.Annotations)
	maps.DeleteFunc(annotations, unportable)
	return annotations
}

func unportable(name, value string) bool {
	domain, _, _ := strings.Cut(name, "/")
	return IsToolRecord(name, value) || slices.Contains(copierDomains(), domain)
}
