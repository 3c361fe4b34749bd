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
		"nobody":                    {map[string]string{Label: LabelValue}, nil, "vaultseal", ""},
		"Argo CD's annotation":      {nil, map[string]string{"argocd.argoproj.io/tracking-id": "app:/Secret:ns/name"}, "", "Argo CD (annotation argocd.argoproj.io/tracking-id)"},
		"Argo CD's label":           {map[string]string{"argocd.argoproj.io/instance": "app"}, nil, "", "Argo CD (label argocd.argoproj.io/instance)"},
		"the instance, by Argo CD":  {map[string]string{"app.kubernetes.io/instance": "app"}, nil, "argocd-controller", "Argo CD (label app.kubernetes.io/instance)"},
		"the instance, by others":   {map[string]string{"app.kubernetes.io/instance": "app"}, nil, "kubectl-label", ""},
		"Flux":                      {map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps"}, nil, "", "Flux (label kustomize.toolkit.fluxcd.io/name)"},
		"Flux's Helm controller":    {map[string]string{"helm.toolkit.fluxcd.io/name": "apps"}, nil, "", "Flux (label helm.toolkit.fluxcd.io/name)"},
		"Helm":                      {map[string]string{"app.kubernetes.io/managed-by": "Helm"}, nil, "", "Helm (label app.kubernetes.io/managed-by)"},
		"Helm's annotation":         {nil, map[string]string{"meta.helm.sh/release-name": "app"}, "", "Helm (annotation meta.helm.sh/release-name)"},
		"managed by something else": {map[string]string{"app.kubernetes.io/managed-by": "terraform"}, nil, "", ""},
		"applied ciphertext":        {nil, kept(`{"stringData":{"a":"` + ciphertext + `"}}`), "", "kubectl apply (annotation " + LastAppliedAnnotation + ")"},
		"applied ciphertext, data":  {nil, kept(`{"data":{"a":"` + base64.StdEncoding.EncodeToString([]byte(ciphertext)) + `"}}`), "", "kubectl apply (annotation " + LastAppliedAnnotation + ")"},
		"applied plaintext":         {nil, kept(`{"stringData":{"a":"horse"}}`), "", ""},
		"applied nonsense":          {nil, kept(`{horse`), "", ""},
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
