package sealed

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// owner is a tool that keeps objects as its source has them, and the labels and annotations that show it.
type owner struct {
	name                string
	labels, annotations []string
	value               string // a label or annotation counts only with this value; empty: any value
	managerHint         string // a label or annotation counts only if a field manager's name contains this
}

func owners() []owner {
	return []owner{
		{
			name:        "Argo CD",
			annotations: []string{"argocd.argoproj.io/tracking-id"},
			labels:      []string{"argocd.argoproj.io/instance"},
		},
		// Argo CD's default until version 3. Charts set this label too, so it counts only if Argo CD wrote the object.
		{name: "Argo CD", labels: []string{"app.kubernetes.io/instance"}, managerHint: "argocd"},
		{name: "Flux", labels: []string{"kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"}},
		{
			name:        "Rancher Fleet",
			annotations: []string{"objectset.rio.cattle.io/id", "objectset.rio.cattle.io/applied"},
			labels:      []string{"objectset.rio.cattle.io/hash"},
		},
		{name: "Helm", annotations: []string{"meta.helm.sh/release-name"}},
		{name: "Helm", labels: []string{"app.kubernetes.io/managed-by"}, value: "Helm"},
		{
			name:        "kapp",
			labels:      []string{"kapp.k14s.io/app", "kapp.k14s.io/association"},
			annotations: []string{"kapp.k14s.io/identity"},
		},
		{name: "an ApplySet", labels: []string{"applyset.kubernetes.io/part-of"}},
		{name: "the addon manager", labels: []string{"addonmanager.kubernetes.io/mode"}, value: "Reconcile"},
		{name: "Config Sync", annotations: []string{"configmanagement.gke.io/managed"}, value: "enabled"},
		{name: "Config Sync", annotations: []string{"configsync.gke.io/resource-id"}},
		{name: "kpt", annotations: []string{"config.k8s.io/owning-inventory"}},
	}
}

// ManagedBy returns the tool that would write the Secret's old ciphertext again, because its source still holds it, and
// what shows that: "Flux (label kustomize.toolkit.fluxcd.io/name)". It returns an empty string for an unmanaged Secret.
// rotate skips managed Secrets. Server-side apply by one of our own field managers does not count.
func ManagedBy(s *corev1.Secret, own ...string) string {
	if by := shownBy(owners(), s); by != "" {
		return by
	}
	if lastAppliedCiphertext(s) {
		return "kubectl apply (annotation " + LastAppliedAnnotation + ")"
	}
	for _, entry := range s.ManagedFields {
		if appliesData(entry) && !slices.Contains(own, entry.Manager) {
			return "server-side apply (field manager " + entry.Manager + ")"
		}
	}
	return ""
}

// shownBy is the first of these that a label or an annotation of the Secret shows, and which one; empty: none.
func shownBy(owners []owner, s *corev1.Secret) string {
	for _, o := range owners {
		for _, name := range o.annotations {
			if value := s.Annotations[name]; value != "" && o.owns(s, value) {
				return o.name + " (annotation " + name + ")"
			}
		}
		for _, name := range o.labels {
			if value := s.Labels[name]; value != "" && o.owns(s, value) {
				return o.name + " (label " + name + ")"
			}
		}
	}
	return ""
}

// appliesData reports whether a field manager owns values of the Secret by server-side apply. Its next apply would
// restore the values of its source.
func appliesData(entry metav1.ManagedFieldsEntry) bool {
	if entry.Operation != metav1.ManagedFieldsOperationApply || entry.Subresource != "" || entry.FieldsV1 == nil ||
		// most managers own no values: skip the parsing
		!bytes.Contains(entry.FieldsV1.GetRawBytes(), []byte(`ata":`)) {
		return false
	}
	var fields struct {
		Data       json.RawMessage `json:"f:data"`
		StringData json.RawMessage `json:"f:stringData"`
	}
	return json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) == nil &&
		(fields.Data != nil || fields.StringData != nil)
}

func (o owner) owns(s *corev1.Secret, value string) bool {
	switch {
	case o.value != "":
		return value == o.value
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
