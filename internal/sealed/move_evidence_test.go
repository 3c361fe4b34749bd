package sealed

import (
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func secretWith(name string, labels, annotations map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: "staging", Name: name, Labels: labels, Annotations: annotations,
	}}
}

// TestMoveEvidence: what tools leave on a Secret that they renamed or copied.
func TestMoveEvidence(t *testing.T) {
	type texts = map[string]string
	for _, test := range []struct {
		name                string
		labels, annotations texts
		want                MoveEvidence
	}{
		{name: "db"},
		{name: "db", annotations: texts{"kubectl.kubernetes.io/last-applied-configuration": `{"metadata":{"name":"old"}}`},
			want: MoveEvidence{By: "a copy", Shown: "annotation " + LastAppliedAnnotation, From: Place{Name: "old"}}},
		{name: "db", annotations: texts{LastAppliedAnnotation: `{"metadata":{"name":"db","namespace":"staging"}}`}},
		{name: "db", annotations: texts{LastAppliedAnnotation: `{"metadata":{"name":"../x","namespace":"A B"}}`}},
		{name: "db", annotations: texts{LastAppliedAnnotation: `{`}},
		{name: "db", annotations: texts{"reflector.v1.k8s.emberstack.com/reflects": "team/db"},
			want: MoveEvidence{By: "a copy by Reflector", Shown: "annotation reflector.v1.k8s.emberstack.com/reflects",
				From: Place{Namespace: "team", Name: "db"}}},
		{name: "db", annotations: texts{"argocd.argoproj.io/tracking-id": "app:/Secret:team/old"},
			want: MoveEvidence{By: "a copy", Shown: "annotation argocd.argoproj.io/tracking-id",
				From: Place{Namespace: "team", Name: "old"}}},
		{name: "db", annotations: texts{"argocd.argoproj.io/tracking-id": "app:/Secret:staging/db"},
			want: MoveEvidence{By: "Kustomize or Helm, run by Argo CD,",
				Shown: "annotation argocd.argoproj.io/tracking-id"}},
		{name: "db", annotations: texts{"kapp.k14s.io/identity": "v1;team//Secret/db;v1"},
			want: MoveEvidence{By: "a copy", Shown: "annotation kapp.k14s.io/identity",
				From: Place{Namespace: "team", Name: "db"}}},
		{name: "db", annotations: texts{"kapp.k14s.io/identity": "garbage"}},
		{name: "x-db", annotations: texts{"alpha.config.kubernetes.io/transformations": "- configuredBy:\n" +
			"    apiVersion: builtin\n    kind: PrefixTransformer\n- configuredBy: {kind: NamespaceTransformer}\n"},
			want: MoveEvidence{By: "Kustomize (namePrefix, namespace)",
				Shown: "annotation alpha.config.kubernetes.io/transformations"}},
		{name: "x-db", annotations: texts{"config.kubernetes.io/origin": "path: db.yaml\n"},
			want: MoveEvidence{By: "Kustomize", Shown: "annotation config.kubernetes.io/origin"}},
		{name: "x-db", labels: texts{"app.kubernetes.io/managed-by": "kustomize-v5.8.2"},
			want: MoveEvidence{By: "Kustomize", Shown: "label app.kubernetes.io/managed-by"}},
		{name: "db", labels: texts{"kustomize.toolkit.fluxcd.io/name": "apps"},
			want: MoveEvidence{By: "Kustomize", Shown: "label kustomize.toolkit.fluxcd.io/name"}},
		{name: "db-5hf7t2mkg9", want: MoveEvidence{By: "Kustomize (secretGenerator)", Shown: "the hash in the name",
			From: Place{Name: "db"}}},
		{name: "db--5hf7t2mkg9", want: MoveEvidence{By: "Kustomize (secretGenerator)", Shown: "the hash in the name"}},
		{name: "db-production"}, // ten letters, which are not a hash
		{name: "db", labels: texts{"app.kubernetes.io/managed-by": "Helm"},
			annotations: texts{"meta.helm.sh/release-name": "app", "meta.helm.sh/release-namespace": "team"},
			want: MoveEvidence{By: "Helm", Shown: "annotation meta.helm.sh/release-name",
				From: Place{Namespace: "team"}}},
		{name: "db", labels: texts{"app.kubernetes.io/managed-by": "someone"}},
		{name: "db", labels: texts{"app.kubernetes.io/managed-by": "Helm"},
			want: MoveEvidence{By: "Helm", Shown: "label app.kubernetes.io/managed-by"}},
		{name: "db", labels: texts{"app.kubernetes.io/managed-by": "kyverno"},
			annotations: texts{"meta.helm.sh/release-namespace": "team"},
			want:        MoveEvidence{By: "a copy by Kyverno", Shown: "label app.kubernetes.io/managed-by"}},
		{name: "db", labels: texts{"velero.io/restore-name": "r"},
			want: MoveEvidence{By: "a restore by Velero", Shown: "label velero.io/restore-name"}},
	} {
		secret := mustRead(t, secretWith(test.name, test.labels, test.annotations))
		if got := secret.MoveEvidence(); got != test.want {
			t.Errorf("%s %v %v: %+v, want %+v", test.name, test.labels, test.annotations, got, test.want)
		}
	}
	if got := (Secret{Name: "db"}).MoveEvidence(); got != (MoveEvidence{}) {
		t.Errorf("a Secret that was not read: %+v", got)
	}
}

// TestOrigins: the places to try are few, valid and never the Secret's own.
func TestOrigins(t *testing.T) {
	secret := mustRead(t, secretWith("staging-db-v2", nil, map[string]string{
		"reflector.v1.k8s.emberstack.com/reflects": "team/other"}))
	secret.Scope = Strict
	got := secret.Origins()
	for _, want := range []Place{
		{Namespace: "staging", Name: "db-v2"}, {Namespace: "staging", Name: "staging-db"},
		{Namespace: "staging", Name: "db"}, {Namespace: "team", Name: "other"},
		{Namespace: "team", Name: "staging-db-v2"}, {Namespace: "default", Name: "db"},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("strict: %v is not among %v", want, got)
		}
	}
	if slices.Contains(got, Place{Namespace: "staging", Name: "staging-db-v2"}) {
		t.Error("strict: the Secret's own place is among them")
	}
	secret.Scope = NamespaceWide
	if got := secret.Origins(); !slices.Equal(got, []Place{
		{Namespace: "team", Name: "staging-db-v2"}, {Namespace: "default", Name: "staging-db-v2"},
	}) {
		t.Errorf("namespace-wide: %v", got)
	}
	for _, scope := range []Scope{ClusterWide, Unbound} {
		secret.Scope = scope
		if got := secret.Origins(); got != nil {
			t.Errorf("%s: %v", scope, got)
		}
	}
	dotted := mustRead(t, secretWith("shop.db", nil, nil))
	dotted.Scope = Strict
	if got := dotted.Origins(); !slices.Equal(got, []Place{
		{Namespace: "staging", Name: "shop"}, {Namespace: "staging", Name: "db"},
		{Namespace: "default", Name: "shop.db"}, {Namespace: "default", Name: "shop"}, {Namespace: "default", Name: "db"},
	}) {
		t.Errorf("a dotted name: %v", got)
	}
	if got, most := partsOf(strings.Repeat("a-", 126)+"a"), maxNameParts*maxNameParts; len(got) > most {
		t.Errorf("%d parts of a name, more than %d", len(got), most)
	}
	long := mustRead(t, secretWith("a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t", nil, nil))
	long.Scope = Strict
	if got := long.Origins(); len(got) != maxOrigins || got[0].Name != "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s" {
		t.Errorf("a long name: %d places, the first is %v", len(got), got[0])
	}
	odd := mustRead(t, secretWith("a--b", nil, nil))
	odd.Scope = Strict
	for _, place := range odd.Origins() {
		if place.Name == "-b" || place.Name == "a-" || place.Name == "" {
			t.Errorf("an invalid name: %q", place.Name)
		}
	}
}

// TestRestartsWorkloads: the annotations of Secrets, not those of workloads.
func TestRestartsWorkloads(t *testing.T) {
	type texts = map[string]string
	for _, test := range []struct {
		annotations texts
		want        string
	}{
		{nil, ""},
		{texts{"reloader.stakater.com/match": "true"}, "reloader.stakater.com/match"},
		{texts{"reloader.stakater.com/match": "false"}, ""},
		{texts{"reloader.stakater.com/match": "true", "reloader.stakater.com/ignore": "true"}, ""},
		{texts{"kube-volume-reloader": "deployment/app"}, "kube-volume-reloader"},
		{texts{"wave.pusher.com/update-on-config-change": "true"}, ""},
	} {
		if got := RestartsWorkloads(test.annotations); got != test.want {
			t.Errorf("%v: %q, want %q", test.annotations, got, test.want)
		}
	}
}

// TestPortableMetadata: a copy must not look like an object of a tool, and keeps everything else.
func TestPortableMetadata(t *testing.T) {
	live := secretWith("db", map[string]string{
		"app": "db", Label: LabelValue, "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "shop",
		"kustomize.toolkit.fluxcd.io/name": "apps", "argocd.argoproj.io/instance": "shop", "velero.io/restore-name": "r",
	}, map[string]string{
		"owner": "team", TypeAnnotation: "kubernetes.io/tls", ScopeAnnotation: "strict",
		LastAppliedAnnotation: "{}", "argocd.argoproj.io/tracking-id": "x", "meta.helm.sh/release-name": "shop",
		"kapp.k14s.io/original-diff": "x", "reflector.v1.k8s.emberstack.com/reflection-auto-enabled": "true",
	})
	labels := map[string]string{"app": "db", Label: LabelValue, "app.kubernetes.io/instance": "shop"}
	if got := PortableLabels(live); !maps.Equal(got, labels) {
		t.Errorf("labels %v, want %v", got, labels)
	}
	annotations := map[string]string{"owner": "team", TypeAnnotation: "kubernetes.io/tls", ScopeAnnotation: "strict"}
	if got := PortableAnnotations(live); !maps.Equal(got, annotations) {
		t.Errorf("annotations %v, want %v", got, annotations)
	}
	live.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "argocd-controller"}}
	if _, kept := PortableLabels(live)["app.kubernetes.io/instance"]; kept {
		t.Error("the label by which Argo CD knows the object is kept")
	}
	if len(live.Labels) != 7 || len(live.Annotations) != 8 {
		t.Error("the Secret was changed")
	}
}
