package sealed

import "strings"

// copyAnnotations are the annotations in which tools keep a copy of the object as they applied it: its values too.
//
//	kubectl             kubectl.kubernetes.io/last-applied-configuration; Terraform, Pulumi, Crossplane and Ansible use it too
//	kapp                kapp.k14s.io/original, original-diff, original-diff-full, original-diff-md5
//	Rancher, Fleet, k3s objectset.rio.cattle.io/applied, gzip and base64
//	k8s-objectmatcher   banzaicloud.com/last-applied, banzaicloud.io/last-applied, zip and base64; operators choose other domains
//	Azure Fleet         fleet.azure.com/last-applied-configuration
//	Config Sync         configmanagement.gke.io/declared-config
//
// Argo CD and Flux keep none of their own, nor do Config Sync's configsync.gke.io/declared-fields, which has names only.
func copyAnnotations() map[string]bool {
	return map[string]bool{
		LastAppliedAnnotation:                     true,
		"objectset.rio.cattle.io/applied":         true,
		"configmanagement.gke.io/declared-config": true,
	}
}

// IsCopy tells whether an annotation is one in which a tool keeps a copy of the object. It may carry plaintext and never
// reaches a sealed Secret.
func IsCopy(annotation string) bool {
	_, name, _ := strings.Cut(annotation, "/")
	return copyAnnotations()[annotation] || name == "last-applied" || name == "last-applied-configuration" ||
		strings.HasPrefix(annotation, "kapp.k14s.io/original")
}
