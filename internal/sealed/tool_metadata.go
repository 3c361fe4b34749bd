package sealed

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// toolDomains are the domains of labels and annotations in which tools note what they did with an object of one
// cluster. A manifest of the object must not have them: a tool would take the new object for its own.
func toolDomains() []string {
	return []string{
		"kubectl.kubernetes.io", "applyset.kubernetes.io", "addonmanager.kubernetes.io",
		"control-plane.alpha.kubernetes.io",
		"argocd.argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io", "reconcile.fluxcd.io",
		"meta.helm.sh", "kapp.k14s.io", "config.k8s.io", "config.kubernetes.io", "internal.config.kubernetes.io",
		"objectset.rio.cattle.io", "field.cattle.io", "lifecycle.cattle.io", "fleet.azure.com",
		"configmanagement.gke.io", "configsync.gke.io", "banzaicloud.com", "banzaicloud.io", "cert-manager.io",
		"sealedsecrets.bitnami.com", "external-secrets.io", "reconcile.external-secrets.io", "secrets.hashicorp.com",
		"generate.kyverno.io", "crossplane.io", "pulumi.com", "openshift.io",
	}
}

// IsToolRecord reports whether a label or an annotation is a note of a tool about the live object, which must not be
// in a manifest that is made of it.
func IsToolRecord(name, _ string) bool {
	domain, _, qualified := strings.Cut(name, "/")
	return IsCopy(name) || qualified && slices.Contains(toolDomains(), domain)
}

// writers are controllers that write Secrets, and do not always own them.
func writers() []owner {
	return []owner{
		{name: "cert-manager", annotations: []string{"cert-manager.io/certificate-name"}},
		{name: "Sealed Secrets", annotations: []string{"sealedsecrets.bitnami.com/managed"}, value: "true"},
		{name: "External Secrets", labels: []string{"reconcile.external-secrets.io/managed"}, value: "true"},
		{name: "the Vault Secrets Operator", labels: []string{"app.kubernetes.io/managed-by"}, value: "hashicorp-vso"},
	}
}

// WrittenBy returns the controller that would write the Secret's values again, and what shows that; empty: not known.
func WrittenBy(s *corev1.Secret) string { return shownBy(writers(), s) }
