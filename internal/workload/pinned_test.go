package workload

import (
	"fmt"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func podSpec(t *testing.T, text string) *corev1.PodSpec {
	t.Helper()
	var spec corev1.PodSpec
	if err := yaml.UnmarshalStrict([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	return &spec
}

func TestPinned(t *testing.T) {
	got, injected := PinnedIn(podSpec(t, `
initContainers:
- {name: vaultseal, image: example.com/vaultseal:v1,
   args: [files, --vault-addr=https://vault, --vault-role=$(POD_NAMESPACE).shop,
   "--sealed=/vaultseal/sealed/a=db,transit-key=vaultseal/team-a,scope=strict", "--sealed=/vaultseal/sealed/b=tls", "--vault-proxy-url=http://$$(HOST)"],
   env: [{name: VAULT_CACERT_BYTES, value: PEM}]}
- {name: vaultseal-refresh, image: other, restartPolicy: Always, args: [files, --refresh]}
- {name: vaultseal-like, image: no, args: [serve]}
- {name: other, args: [files]}
volumes:
- name: vaultseal-token
  projected: {sources: [{serviceAccountToken: {audience: vault, path: token}}]}
`), "team-a")
	want := Pinned{Audience: "vault", Containers: []PinnedContainer{
		{
			Name: "vaultseal", Image: "example.com/vaultseal:v1", CA: "PEM",
			Settings: map[string]string{"vault-addr": "https://vault", "vault-role": "team-a.shop",
				"vault-proxy-url": "http://$(HOST)"},
			Sealed: map[string]PinnedSecret{"db": {"vaultseal/team-a", "strict"}, "tls": {}},
		},
		{Name: "vaultseal-refresh", Image: "other", Settings: map[string]string{"refresh": ""},
			Sealed: map[string]PinnedSecret{}},
	}}
	if !injected || !reflect.DeepEqual(got, want) {
		t.Errorf("%v %+v", injected, got)
	}
	if _, injected := PinnedIn(podSpec(t, `containers: [{name: vaultseal, args: [files]}]`), "team-a"); injected {
		t.Error("a container that is no init container")
	}
}

func TestSecretUses(t *testing.T) {
	spec := podSpec(t, `
volumes:
- {name: a, secret: {secretName: one}}
- {name: b, secret: {secretName: two, optional: true, items: [{key: x, path: p}]}}
- {name: c, projected: {sources: [{secret: {name: three, items: [{key: x, path: p}]}}, {configMap: {name: cm}}]}}
- {name: d, emptyDir: {}}
imagePullSecrets: [{name: pull}]
initContainers:
- {name: i, restartPolicy: Always, envFrom: [{secretRef: {name: four, optional: true}}, {configMapRef: {name: cm}}]}
containers:
- name: m
  env:
  - {name: A, value: b}
  - {name: P, valueFrom: {secretKeyRef: {name: five, key: password}}}
`)
	var got []string
	for _, use := range SecretUses(spec) {
		got = append(got, fmt.Sprintf("%s/%s %v %s", use.Secret, use.Entry, use.Optional, use.Place))
	}
	want := []string{"one/ false volume a", "two/x true volume b", "three/x false volume c",
		"four/ true envFrom of container i", "five/password false variable P of container m"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if HasVariableFiles(spec) || !HasSidecars(spec) {
		t.Error("variables from files, or no sidecar")
	}
	if !HasVariableFiles(podSpec(t, `containers: [{name: a, env: [{name: B, valueFrom: {fileKeyRef: {volumeName: v, path: p, key: B}}}]}]`)) {
		t.Error("no variables from files")
	}
}
