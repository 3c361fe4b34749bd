package secretusers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

func forbidden(resource string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "", errors.New("no"))
}

const everything = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      volumes:
      - {name: cert, secret: {secretName: by-volume}}
      - {name: all, projected: {sources: [{secret: {name: by-projection}}]}}
      - {name: driver, csi: {driver: x, nodePublishSecretRef: {name: by-driver}}}
      initContainers:
      - {name: first, envFrom: [{secretRef: {name: by-env-from}}]}
      containers:
      - name: web
        env: [{name: A, valueFrom: {secretKeyRef: {name: by-variable, key: a}}}]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  ownerReferences: [{kind: Deployment, name: web, uid: uid-of-Deployment-shop-web, controller: true}]
spec:
  replicas: 1
  template: {spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-old-revision}}]}]}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-0
  ownerReferences: [{kind: Deployment, name: web, uid: uid-of-Deployment-shop-web, controller: true}]
spec:
  replicas: 0
  template: {spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-replaced-revision}}]}]}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-1-a
  ownerReferences: [{kind: ReplicaSet, name: web-1, uid: uid-of-ReplicaSet-shop-web-1, controller: true}]
spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-old-revision}}]}]}
status: {phase: Running}
---
apiVersion: v1
kind: Pod
metadata:
  name: rollout-1
  ownerReferences: [{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web, uid: x, controller: true}]
spec:
  containers: [{name: c, image: x}]
  ephemeralContainers: [{name: debug, envFrom: [{secretRef: {name: by-pod}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: done}
spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-ended}}]}]}
status: {phase: Succeeded}
---
apiVersion: v1
kind: Pod
metadata:
  name: impostor
  namespace: other
  ownerReferences: [{kind: Deployment, name: web, uid: uid-of-Deployment-shop-web, controller: true}]
spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-volume}}]}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: circle
  ownerReferences: [{kind: Pod, name: circle, uid: uid-of-Pod-shop-circle, controller: true}]
spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-circle}}]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: done}
spec: {template: {spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-ended}}]}]}}}
status: {conditions: [{type: Complete, status: "True"}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: clean}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, envFrom: [{secretRef: {name: by-cronjob}}]}]}}}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: builder}
imagePullSecrets: [{name: by-account}]
secrets: [{name: by-account-token}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, annotations: {nginx.ingress.kubernetes.io/auth-secret: other/by-annotation}}
spec: {tls: [{secretName: by-ingress}, {hosts: [a]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate, namespace: infra}
spec:
  listeners:
  - {name: a, tls: {certificateRefs: [{name: by-gateway, namespace: shop}, {kind: Other, name: no}]}}
  - {name: b}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec:
  claimRef: {namespace: shop, name: x}
  csi: {driver: x, nodeStageSecretRef: {name: by-volume-driver, namespace: shop}}
  azureFile: {secretName: by-azure}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
parameters:
  csi.storage.k8s.io/provisioner-secret-name: by-class
  csi.storage.k8s.io/provisioner-secret-namespace: shop
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: {name: daily}
parameters:
  csi.storage.k8s.io/snapshotter-secret-name: by-snapshots
  csi.storage.k8s.io/snapshotter-secret-namespace: shop
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook, annotations: {cert-manager.io/inject-ca-from-secret: shop/by-webhook}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.metrics, annotations: {cert-manager.io/inject-ca-from-secret: shop/by-apiservice}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: horses.example.com, annotations: {cert-manager.io/inject-ca-from-secret: shop/by-definition}}
`

func TestFind(t *testing.T) {
	all, err := Find(t.Context(), newFakeCluster(t, everything).clients(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]string{
		"pull": "deployment/web: imagePullSecrets", "by-volume": "deployment/web: volume cert",
		"by-projection": "deployment/web: volume all", "by-driver": "deployment/web: the driver of volume driver",
		"by-env-from":          "deployment/web: envFrom of container first",
		"by-variable":          "deployment/web: variable A of container web",
		"by-old-revision":      "deployment/web: envFrom of container c",
		"by-replaced-revision": "", "by-ended": "", "no": "", "": "",
		"by-pod":           "pod/rollout-1: the ephemeral container debug",
		"by-circle":        "pod/circle: envFrom of container c",
		"by-cronjob":       "cronjob/clean: envFrom of container c",
		"by-account":       "serviceaccount/builder: imagePullSecrets",
		"by-account-token": "serviceaccount/builder: secrets", "by-ingress": "ingress/front: tls",
		"by-gateway":       "gateway/gate in namespace infra: certificateRefs",
		"by-volume-driver": "persistentvolume/pv: csi.nodeStageSecretRef",
		"by-azure":         "persistentvolume/pv: azureFile.secretName",
		"by-class":         "storageclass/fast: parameter csi.storage.k8s.io/provisioner-secret-name",
		"by-snapshots":     "volumesnapshotclass/daily: parameter csi.storage.k8s.io/snapshotter-secret-name",
		"by-definition": "customresourcedefinition/horses.example.com: annotation " +
			"cert-manager.io/inject-ca-from-secret",
		"by-webhook":    "validatingwebhookconfiguration/hook: annotation cert-manager.io/inject-ca-from-secret",
		"by-apiservice": "apiservice/v1.metrics: annotation cert-manager.io/inject-ca-from-secret",
	} {
		var is []string
		for _, user := range all.Of("shop", secret) {
			is = append(is, user.Object+": "+user.Place)
		}
		if got := strings.Join(is, ", "); got != want {
			t.Errorf("%s: %q, want %q", secret, got, want)
		}
	}
	if got := all.Of("other", "by-volume"); len(got) != 1 || got[0].Object != "pod/impostor" {
		t.Errorf("a pod that names a Deployment of another namespace is %v", got)
	}
	if got := all.Of("other", "by-annotation"); len(got) != 1 || got[0].Object != "ingress/front in namespace shop" {
		t.Errorf("%v", got)
	}
	if len(all.Unread) > 0 {
		t.Errorf("unread %v", all.Unread)
	}
}

// TestFindInjected: the volumes of vaultseal's containers need no plaintext; all else does, the same Secret in a
// container that was added later too.
func TestFindInjected(t *testing.T) {
	all, err := Find(t.Context(), newFakeCluster(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      imagePullSecrets: [{name: sealed}]
      volumes:
      - {name: vaultseal-sealed-0, secret: {secretName: opened}}
      - {name: vaultseal-sealed-1, secret: {secretName: added}}
      - {name: vaultseal-sealed-2, secret: {secretName: mounted}}
      - {name: vaultseal-sealed-3, secret: {secretName: not-opened}}
      - {name: left, secret: {secretName: plain}}
      - {name: late, secret: {secretName: mounted}}
      initContainers:
      - {name: vaultseal, image: v, args: [files, "--sealed=/sealed/0=opened",
        "--sealed=/sealed/1=added", "--sealed=/sealed/2=mounted", "--dir=/files/0=opened"]}
      containers: [{name: web, image: x}, {name: sidecar, image: x, envFrom: [{secretRef: {name: added}}]}]
`).clients(), []string{"shop"})
	if err != nil {
		t.Fatal(err)
	}
	if users := all.Of("shop", "opened"); len(users) > 0 {
		t.Errorf("opened: %v", users)
	}
	for secret, want := range map[string]string{"plain": "volume left", "sealed": "imagePullSecrets",
		"added": "envFrom of container sidecar", "mounted": "volume late", "not-opened": "volume vaultseal-sealed-3"} {
		if users := all.Of("shop", secret); len(users) != 1 || users[0].Place != want {
			t.Errorf("%s: %v", secret, users)
		}
	}
}

// TestFindRequests: each kind is listed once for each namespace, in pages, whatever the number of Secrets.
func TestFindRequests(t *testing.T) {
	cluster := newFakeCluster(t, everything)
	cluster.page = pageSize
	if _, err := Find(t.Context(), cluster.clients(), nil); err != nil {
		t.Fatal(err)
	}
	if got := len(*cluster.requests); got != len(kinds()) {
		t.Errorf("%d requests for all namespaces, want %d", got, len(kinds()))
	}
	*cluster.requests = nil
	if _, err := Find(t.Context(), cluster.clients(), []string{"shop", "other"}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(*cluster.requests)
	if got := len(slices.Compact(*cluster.requests)); got != 10*2+2+7 {
		t.Errorf("%d different requests for two namespaces: %v", got, *cluster.requests)
	}
}

func TestFindWithoutRights(t *testing.T) {
	cluster := newFakeCluster(t, everything)
	cluster.answers["shop/cronjobs"] = forbidden("cronjobs.batch")
	cluster.answers["storageclasses"] = forbidden("storageclasses.storage.k8s.io")
	cluster.answers["gateways"] = apierrors.NewNotFound(schema.GroupResource{Resource: "gateways"}, "")
	all, err := Find(t.Context(), cluster.clients(), []string{"shop", "other"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(all.UnreadIn("shop")); got != "[cronjobs.batch in namespace shop]" {
		t.Errorf("in shop: %s", got)
	}
	if got := all.UnreadIn("other"); len(got) > 0 {
		t.Errorf("in other: %v", got)
	}
	if got := fmt.Sprint(all.UnreadElsewhere()); got != "[storageclasses.storage.k8s.io]" {
		t.Errorf("elsewhere: %s", got)
	}
	if len(all.Of("shop", "by-volume")) != 1 {
		t.Error("what can be listed is not found")
	}
}

// TestFindAcrossNamespaces: what may refer to a Secret of another namespace is looked for in all of them.
func TestFindAcrossNamespaces(t *testing.T) {
	const manifests = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gate, namespace: infra}
spec: {listeners: [{tls: {certificateRefs: [{name: cert, namespace: shop}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: far, namespace: infra, annotations: {nginx.ingress.kubernetes.io/auth-tls-secret: shop/cert}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: near, namespace: shop}
spec: {tls: [{secretName: cert}]}
`
	cluster := newFakeCluster(t, manifests)
	for name, c := range map[string]struct {
		answers                  map[string]error
		users, unread, elsewhere string
	}{
		"with the right": {nil, "gateway/gate in namespace infra, ingress/far in namespace infra, ingress/near", "[]", "[]"},
		"an older API": {map[string]error{"gateways.v1": apierrors.NewNotFound(schema.GroupResource{}, "")},
			"gateway/gate in namespace infra, ingress/far in namespace infra, ingress/near", "[]", "[]"},
		"in its namespace": {map[string]error{"gateways": forbidden("gateways"), "ingresses": forbidden("ingresses")},
			"ingress/near", "[]", "[ingresses.networking.k8s.io in other namespaces " +
				"gateways.gateway.networking.k8s.io in other namespaces]"},
		"nowhere": {map[string]error{"ingresses": forbidden("ingresses"), "shop/ingresses": forbidden("ingresses")},
			"gateway/gate in namespace infra", "[ingresses.networking.k8s.io in namespace shop]",
			"[ingresses.networking.k8s.io in other namespaces]"},
	} {
		cluster.answers = c.answers
		all, err := Find(t.Context(), cluster.clients(), []string{"shop"})
		if err != nil {
			t.Fatal(err)
		}
		var users []string
		for _, user := range all.Of("shop", "cert") {
			users = append(users, user.Object)
		}
		if got := strings.Join(users, ", "); got != c.users {
			t.Errorf("%s: %s", name, got)
		}
		if got := fmt.Sprint(all.UnreadIn("shop")); got != c.unread {
			t.Errorf("%s: unread %s", name, got)
		}
		if got := fmt.Sprint(all.UnreadElsewhere()); got != c.elsewhere {
			t.Errorf("%s: unread elsewhere %s", name, got)
		}
	}
}

func TestFindFails(t *testing.T) {
	cluster := newFakeCluster(t, everything)
	cluster.answers["pods"] = apierrors.NewServiceUnavailable("busy")
	_, err := Find(t.Context(), cluster.clients(), nil)
	if !errors.Is(err, kube.ErrUnavailable) || !strings.Contains(err.Error(), "list pods: ") {
		t.Errorf("%v", err)
	}
}

// TestFindStrangeObjects: nothing that an object can hold ends the search.
func TestFindStrangeObjects(t *testing.T) {
	_, err := Find(t.Context(), newFakeCluster(t, `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, annotations: {x/secret: "a/b/c"}}
spec: {tls: [null, 1, {secretName: 2}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: a}
spec: {listeners: [null, {tls: null}, {tls: {certificateRefs: [null, {name: 1}]}}]}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {csi: 1, x: {aRef: 2, bRef: null}, capacity: {}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: a}
secrets: [null, {name: null}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {template: null}
`).clients(), nil)
	if err != nil {
		t.Fatal(err)
	}
}
