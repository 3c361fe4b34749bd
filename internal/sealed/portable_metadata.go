package sealed

import (
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// toolDomains are the domains of annotations that a tool writes to know its objects, or reads to decide what to do with
// them. With such an annotation a copy would look like an object of the tool, which may then delete it.
func toolDomains() []string {
	return []string{
		"argocd.argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "meta.helm.sh", "helm.sh",
		"objectset.rio.cattle.io", "kapp.k14s.io", "applyset.kubernetes.io", "addonmanager.kubernetes.io",
		"configmanagement.gke.io", "configsync.gke.io", "config.k8s.io", "config.kubernetes.io",
		"internal.config.kubernetes.io", "alpha.config.kubernetes.io", "kubectl.kubernetes.io",
		"reflector.v1.k8s.emberstack.com", "replicator.v1.mittwald.de", "velero.io",
	}
}

// PortableLabels returns the labels that a copy of the Secret under another name or in another namespace has too: all
// but those by which a tool knows its objects.
func PortableLabels(s *corev1.Secret) map[string]string {
	labels := maps.Clone(s.Labels)
	for _, o := range owners() {
		for _, name := range o.labels {
			if value, found := labels[name]; found && o.owns(s, value) {
				delete(labels, name)
			}
		}
	}
	maps.DeleteFunc(labels, ofTool)
	return labels
}

// PortableAnnotations does the same for annotations. What describes the sealing stays.
func PortableAnnotations(s *corev1.Secret) map[string]string {
	annotations := maps.Clone(s.Annotations)
	maps.DeleteFunc(annotations, func(name, value string) bool { return IsCopy(name) || ofTool(name, value) })
	return annotations
}

func ofTool(name, _ string) bool {
	domain, _, _ := strings.Cut(name, "/")
	for _, tool := range toolDomains() {
		if domain == tool || strings.HasSuffix(domain, "."+tool) {
			return true
		}
	}
	return false
}
