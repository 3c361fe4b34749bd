package sealed

import "strings"

// copyAnnotations lists annotations in which tools keep a copy of the object that they applied, with its values:
//
//	kubectl             kubectl.kubernetes.io/last-applied-configuration; also Terraform, Pulumi, Crossplane, Ansible
//	kapp                kapp.k14s.io/original, original-diff, original-diff-full, original-diff-md5
//	Rancher, Fleet, k3s objectset.rio.cattle.io/applied, gzip and base64
//	k8s-objectmatcher   banzaicloud.com/last-applied, banzaicloud.io/last-applied, zip and base64; or other domains
//	Azure Fleet         fleet.azure.com/last-applied-configuration
//	Config Sync         configmanagement.gke.io/declared-config
//
// Argo CD and Flux keep no copy of their own. Config Sync's configsync.gke.io/declared-fields holds only names.
func copyAnnotations() map[string]bool {
	return map[string]bool{
		LastAppliedAnnotation:                     true,
		"objectset.rio.cattle.io/applied":         true,
		"configmanagement.gke.io/declared-config": true,
	}
}

// IsCopy reports whether a tool keeps a copy of the object in an annotation. It may hold plaintext and must never be
// on a sealed Secret.
func IsCopy(annotation string) bool {
	_, name, _ := strings.Cut(annotation, "/")
	return copyAnnotations()[annotation] || name == "last-applied" || name == "last-applied-configuration" ||
		strings.HasPrefix(annotation, "kapp.k14s.io/original")
}
