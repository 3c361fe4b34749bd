package secretusers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// fakeCluster answers lists, page by page.
type fakeCluster struct {
	dynamic.NamespaceableResourceInterface // what Find does not use

	mu       *sync.Mutex
	objects  []unstructured.Unstructured
	answers  map[string]error // by RESOURCE or NAMESPACE/RESOURCE
	page     int
	requests *[]string
	resource schema.GroupVersionResource
	in       string
}

func newFakeCluster(t *testing.T, manifests string) *fakeCluster {
	t.Helper()
	c := &fakeCluster{mu: &sync.Mutex{}, answers: map[string]error{}, page: 2, requests: &[]string{}}
	for _, text := range strings.Split(manifests, "---\n") {
		var object unstructured.Unstructured
		json, err := yaml.YAMLToJSON([]byte(text))
		if err == nil {
			err = object.UnmarshalJSON(json)
		}
		if err != nil {
			t.Fatal(err)
		}
		if object.GetNamespace() == "" {
			object.SetNamespace("shop")
		}
		object.SetUID("uid-of-" + objectID(&object))
		c.objects = append(c.objects, object)
	}
	return c
}

func objectID(o *unstructured.Unstructured) (id types.UID) {
	return types.UID(o.GetKind() + "-" + o.GetNamespace() + "-" + o.GetName())
}

func (c *fakeCluster) Resource(resource schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	one := *c
	one.resource = resource
	return &one
}

func (c *fakeCluster) Namespace(namespace string) dynamic.ResourceInterface {
	one := *c
	one.in = namespace
	return &one
}

func (c *fakeCluster) List(_ context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := strings.TrimPrefix(c.in+"/"+c.resource.Resource, "/")
	*c.requests = append(*c.requests, asked)
	if err := c.answers[asked]; err != nil {
		return nil, err
	}
	list := &unstructured.UnstructuredList{}
	seen := 0
	for _, object := range c.objects {
		kind, namespaced := "", false
		for _, one := range kinds() {
			if one.GroupVersionResource == c.resource {
				kind, namespaced = one.kind, one.inNamespace
			}
		}
		if object.GetKind() != kind || namespaced && c.in != "" && object.GetNamespace() != c.in {
			continue
		}
		if seen++; fmt.Sprint(seen) <= options.Continue {
			continue
		}
		if !namespaced {
			object.SetNamespace("")
		}
		if len(list.Items) == c.page {
			list.SetContinue(fmt.Sprint(seen - 1))
			break
		}
		list.Items = append(list.Items, object)
	}
	return list, nil
}

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
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook, annotations: {cert-manager.io/inject-ca-from-secret: shop/by-webhook}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.metrics, annotations: {cert-manager.io/inject-ca-from-secret: shop/by-apiservice}}
`

func TestFind(t *testing.T) {
	all, err := Find(t.Context(), newFakeCluster(t, everything), nil)
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
		"by-webhook":       "validatingwebhookconfiguration/hook: annotation cert-manager.io/inject-ca-from-secret",
		"by-apiservice":    "apiservice/v1.metrics: annotation cert-manager.io/inject-ca-from-secret",
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
`), []string{"shop"})
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
	if _, err := Find(t.Context(), cluster, nil); err != nil {
		t.Fatal(err)
	}
	if got := len(*cluster.requests); got != len(kinds()) {
		t.Errorf("%d requests for all namespaces, want %d", got, len(kinds()))
	}
	*cluster.requests = nil
	if _, err := Find(t.Context(), cluster, []string{"shop", "other"}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(*cluster.requests)
	if got := len(slices.Compact(*cluster.requests)); got != 12*2+5 {
		t.Errorf("%d different requests for two namespaces: %v", got, *cluster.requests)
	}
}

func TestFindWithoutRights(t *testing.T) {
	cluster := newFakeCluster(t, everything)
	cluster.answers["shop/cronjobs"] = forbidden("cronjobs.batch")
	cluster.answers["storageclasses"] = forbidden("storageclasses.storage.k8s.io")
	cluster.answers["shop/gateways"] = apierrors.NewNotFound(schema.GroupResource{Resource: "gateways"}, "")
	all, err := Find(t.Context(), cluster, []string{"shop", "other"})
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

func TestFindFails(t *testing.T) {
	cluster := newFakeCluster(t, everything)
	cluster.answers["pods"] = apierrors.NewServiceUnavailable("busy")
	_, err := Find(t.Context(), cluster, nil)
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
`), nil)
	if err != nil {
		t.Fatal(err)
	}
}
