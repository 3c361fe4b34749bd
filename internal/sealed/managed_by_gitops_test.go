package sealed

import (
	"encoding/base64"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestManagedBy(t *testing.T) {
	ciphertext := "vault:v1:" + base64.StdEncoding.EncodeToString(make([]byte, 40))
	kept := func(data string) map[string]string { return map[string]string{LastAppliedAnnotation: data} }
	for name, c := range map[string]struct {
		labels, annotations map[string]string
		manager             string
		want                string
	}{
		"nobody": {map[string]string{Label: LabelValue}, nil, "vaultseal", ""},
		"Argo CD's annotation": {
			nil, map[string]string{"argocd.argoproj.io/tracking-id": "app:/Secret:ns/name"}, "",
			"Argo CD (annotation argocd.argoproj.io/tracking-id)",
		},
		"Argo CD's label": {
			map[string]string{"argocd.argoproj.io/instance": "app"}, nil, "",
			"Argo CD (label argocd.argoproj.io/instance)",
		},
		"the instance, by Argo CD": {
			map[string]string{"app.kubernetes.io/instance": "app"}, nil, "argocd-controller",
			"Argo CD (label app.kubernetes.io/instance)",
		},
		"the instance, by others": {map[string]string{"app.kubernetes.io/instance": "app"}, nil, "kubectl-label", ""},
		"Flux": {
			map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps"}, nil, "",
			"Flux (label kustomize.toolkit.fluxcd.io/name)",
		},
		"Flux's Helm controller": {
			map[string]string{"helm.toolkit.fluxcd.io/name": "apps"}, nil, "",
			"Flux (label helm.toolkit.fluxcd.io/name)",
		},
		"Helm": {
			map[string]string{"app.kubernetes.io/managed-by": "Helm"}, nil, "",
			"Helm (label app.kubernetes.io/managed-by)",
		},
		"Helm's annotation": {
			nil, map[string]string{"meta.helm.sh/release-name": "app"}, "",
			"Helm (annotation meta.helm.sh/release-name)",
		},
		"managed by something else": {map[string]string{"app.kubernetes.io/managed-by": "terraform"}, nil, "", ""},
		"applied ciphertext": {
			nil, kept(`{"stringData":{"a":"` + ciphertext + `"}}`), "",
			"kubectl apply (annotation " + LastAppliedAnnotation + ")",
		},
		"applied ciphertext, data": {
			nil, kept(`{"data":{"a":"` + base64.StdEncoding.EncodeToString([]byte(ciphertext)) + `"}}`), "",
			"kubectl apply (annotation " + LastAppliedAnnotation + ")",
		},
		"applied plaintext": {nil, kept(`{"stringData":{"a":"horse"}}`), "", ""},
		"applied nonsense":  {nil, kept(`{horse`), "", ""},
	} {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Labels: c.labels, Annotations: c.annotations}}
		if c.manager != "" {
			secret.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: c.manager}}
		}
		if got := ManagedBy(secret); got != c.want || strings.Contains(got, "horse") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestManagedByMarks are those of tools whose objects nothing else shows.
func TestManagedByMarks(t *testing.T) {
	for mark, tool := range map[string]string{
		"label kapp.k14s.io/app=1":                                      "kapp",
		"label kapp.k14s.io/association=v1.x":                           "kapp",
		"annotation kapp.k14s.io/identity=v1;a/Secret/s;v1":             "kapp",
		"label objectset.rio.cattle.io/hash=x":                          "Rancher Fleet",
		"annotation objectset.rio.cattle.io/id=x":                       "Rancher Fleet",
		"annotation objectset.rio.cattle.io/applied=x":                  "Rancher Fleet",
		"label applyset.kubernetes.io/part-of=x":                        "an ApplySet",
		"label addonmanager.kubernetes.io/mode=Reconcile":               "the addon manager",
		"annotation configmanagement.gke.io/managed=enabled":            "Config Sync",
		"annotation configsync.gke.io/resource-id=_secret_a_s":          "Config Sync",
		"annotation config.k8s.io/owning-inventory=x":                   "kpt",
		"label addonmanager.kubernetes.io/mode=EnsureExists":            "",
		"annotation configmanagement.gke.io/managed=disabled":           "",
		"annotation kubernetes.io/description=objectset.rio.cattle.io/": "",
	} {
		kind, rest, _ := strings.Cut(mark, " ")
		name, value, _ := strings.Cut(rest, "=")
		secret := &corev1.Secret{}
		if kind == "label" {
			secret.Labels = map[string]string{name: value}
		} else {
			secret.Annotations = map[string]string{name: value}
		}
		want := ""
		if tool != "" {
			want = tool + " (" + kind + " " + name + ")"
		}
		if got := ManagedBy(secret); got != want {
			t.Errorf("%s: %q, want %q", mark, got, want)
		}
	}
}

func TestManagedByApply(t *testing.T) {
	for name, c := range map[string]struct {
		manager, subresource, fields string
		operation                    metav1.ManagedFieldsOperationType
		managed                      bool
	}{
		"data":        {"kubectl", "", `{"f:data":{"f:x":{}}}`, metav1.ManagedFieldsOperationApply, true},
		"data, empty": {"kubectl", "", `{"f:data":{}}`, metav1.ManagedFieldsOperationApply, true},
		"stringData": {
			"terraform", "", `{"f:stringData":{"f:x":{}}}`, metav1.ManagedFieldsOperationApply, true,
		},
		"an update": {
			"kubectl-create", "", `{"f:data":{"f:x":{}}}`, metav1.ManagedFieldsOperationUpdate, false,
		},
		"labels": {
			"kubectl", "", `{"f:metadata":{"f:labels":{"f:x":{}}}}`, metav1.ManagedFieldsOperationApply, false,
		},
		"an annotation named data": {
			"kubectl", "", `{"f:metadata":{"f:annotations":{"f:data":{}}}}`, metav1.ManagedFieldsOperationApply, false,
		},
		"one's own": {"vaultseal", "", `{"f:data":{"f:x":{}}}`,
			metav1.ManagedFieldsOperationApply, false},
		"one's own, of another name": {"robot", "", `{"f:data":{"f:x":{}}}`, metav1.ManagedFieldsOperationApply, false},
		"a subresource": {
			"kubectl", "status", `{"f:data":{"f:x":{}}}`, metav1.ManagedFieldsOperationApply, false,
		},
		"nonsense": {"kubectl", "", `{"f:data":`, metav1.ManagedFieldsOperationApply, false},
	} {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{
			{
				Manager: "vaultseal", Operation: metav1.ManagedFieldsOperationUpdate,
				FieldsV1: metav1.NewFieldsV1(`{"f:data":{"f:y":{}}}`),
			},
			{Manager: c.manager, Operation: c.operation, Subresource: c.subresource,
				FieldsV1: metav1.NewFieldsV1(c.fields)},
		}}}
		want := ""
		if c.managed {
			want = "server-side apply (field manager " + c.manager + ")"
		}
		if got := ManagedBy(secret, "vaultseal", "robot"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := ManagedBy(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "x", Operation: metav1.ManagedFieldsOperationApply}},
		},
	}); got != "" {
		t.Errorf("without fields: %q", got)
	}
}
