package sealed

import (
	"errors"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestCheckLive(t *testing.T) {
	const installation = "vaultseal-system"
	yes, no := true, false
	owner := func(controller *bool) []metav1.OwnerReference {
		return []metav1.OwnerReference{{Kind: "Plain", Name: "first"}, {Kind: "Certificate", Name: "app",
			Controller: controller}}
	}
	for text, c := range map[string]struct {
		secret corev1.Secret
		want   LeftReason
	}{
		"":                                       {corev1.Secret{Type: corev1.SecretTypeTLS, Immutable: &no}, ""},
		"namespace kube-x belongs to Kubernetes": {corev1.Secret{ObjectMeta: meta("kube-x")}, LeftNamespace},
		"namespace vaultseal-system belongs to vaultseal": {corev1.Secret{ObjectMeta: meta(installation)},
			LeftNamespace},
		"a controller reads values of type helm.sh/release.v1, which must stay plaintext": {
			corev1.Secret{Type: "helm.sh/release.v1"}, LeftType},
		"it is immutable": {corev1.Secret{Immutable: &yes}, LeftImmutable},
		"Plain/first owns it": {corev1.Secret{ObjectMeta: metav1.ObjectMeta{OwnerReferences: owner(nil)}},
			LeftOwned},
		"Certificate/app controls it and would overwrite it": {
			corev1.Secret{ObjectMeta: metav1.ObjectMeta{OwnerReferences: owner(&yes)}}, LeftOwned},
		"the Vault Secrets Operator (label app.kubernetes.io/managed-by) writes it": {
			corev1.Secret{ObjectMeta: metav1.ObjectMeta{
				Labels: map[string]string{"app.kubernetes.io/managed-by": "hashicorp-vso"}}}, LeftManaged},
	} {
		var left *LeftError
		switch err := CheckLive(&c.secret, installation); {
		case text == "" && err != nil:
			t.Errorf("%v", err)
		case text != "" && (!errors.As(err, &left) || err.Error() != text || left.Reason != c.want):
			t.Errorf("%v, want %s: %s", err, c.want, text)
		}
	}
	other := corev1.Secret{ObjectMeta: meta("kubernetes-apps")}
	if err := CheckLive(&other, installation); err != nil {
		t.Error(err)
	}
	other.OwnerReferences = owner(&no)
	if err := CheckLive(&other, installation); err == nil || err.Error() != "Plain/first owns it" {
		t.Errorf("an owner that is no controller: %v", err)
	}
}

// TestWrittenBy: controllers that write Secrets, by what they leave on them.
func TestWrittenBy(t *testing.T) {
	for want, c := range map[string]struct{ labels, annotations map[string]string }{
		"cert-manager (annotation cert-manager.io/certificate-name)": {
			annotations: map[string]string{"cert-manager.io/certificate-name": "shop"}},
		"Sealed Secrets (annotation sealedsecrets.bitnami.com/managed)": {
			annotations: map[string]string{"sealedsecrets.bitnami.com/managed": "true"}},
		"External Secrets (label reconcile.external-secrets.io/managed)": {
			labels: map[string]string{"reconcile.external-secrets.io/managed": "true"}},
		"": {map[string]string{"reconcile.external-secrets.io/managed": "false"},
			map[string]string{"sealedsecrets.bitnami.com/managed": "false", "cert-manager.io/certificate-name": ""}},
	} {
		if got := WrittenBy(secretWith("db", c.labels, c.annotations)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestIsMetadata: what describes the sealing, and what may hold plaintext, is not copied; the expiry is.
func TestIsMetadata(t *testing.T) {
	for name, want := range map[string]bool{
		Label: true, TransitKeyAnnotation: true, ScopeAnnotation: true, TypeAnnotation: true, SealedAtAnnotation: true,
		ExpiresAnnotation: false, LastAppliedAnnotation: true, "app": false, "example.org/vaultseal.dev": false,
	} {
		if got := IsMetadata(name, ""); got != want {
			t.Errorf("IsMetadata(%s) = %v", name, got)
		}
	}
}

func meta(namespace string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: "app"}
}

func TestIsToolRecord(t *testing.T) {
	names := map[string]string{
		"app": "", "app.kubernetes.io/name": "", "example.org/argocd.argoproj.io": "", "reloader.stakater.com/match": "",
		LastAppliedAnnotation: "", "argocd.argoproj.io/tracking-id": "", "meta.helm.sh/release-name": "",
		"any.example/last-applied": "", "cert-manager.io/certificate-name": "",
		"sealedsecrets.bitnami.com/sealed-secrets-key": "", "argocd.argoproj.io": "",
	}
	maps.DeleteFunc(names, IsToolRecord)
	want := []string{"app", "app.kubernetes.io/name", "argocd.argoproj.io", "example.org/argocd.argoproj.io",
		"reloader.stakater.com/match"}
	if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
}
