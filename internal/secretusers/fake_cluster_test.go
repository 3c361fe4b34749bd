package secretusers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// fakeCluster answers lists, page by page.
type fakeCluster struct {
	dynamic.NamespaceableResourceInterface // what Find does not use

	mu       *sync.Mutex
	objects  []unstructured.Unstructured
	answers  map[string]error // by RESOURCE or NAMESPACE/RESOURCE, with .VERSION or without
	page     int
	requests *[]string
	resource schema.GroupVersionResource
	in       string
	metadata bool
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
	for _, one := range []string{asked, asked + "." + c.resource.Version} {
		if err := c.answers[one]; err != nil {
			return nil, err
		}
	}
	if large := strings.HasSuffix(c.resource.Group, "extensions.k8s.io") && !c.metadata; large || options.Limit == 0 {
		return nil, fmt.Errorf("%s: an unbounded list", asked)
	}
	list := &unstructured.UnstructuredList{}
	seen := 0
	for _, object := range c.objects {
		kind, namespaced := "", false
		for _, one := range kinds() {
			if one.GroupVersionResource == c.resource || one.older != "" && one.older == c.resource.Version {
				kind, namespaced = one.kind, one.reach != clusterWide
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
		if c.metadata {
			object = metadataOf(object)
		}
		list.Items = append(list.Items, object)
	}
	return list, nil
}

// metadataOf is an object as a list of metadata has it.
func metadataOf(object unstructured.Unstructured) unstructured.Unstructured {
	return unstructured.Unstructured{Object: map[string]any{"apiVersion": "meta.k8s.io/v1",
		"kind": "PartialObjectMetadata", "metadata": object.Object["metadata"]}}
}

// clients are those of the cluster. The API server has no metadata of what is not listed that way.
func (c *fakeCluster) clients() Clients { return Clients{Objects: c, Metadata: fakeMetadata{c}} }

// fakeMetadata answers lists of metadata.
type fakeMetadata struct{ cluster *fakeCluster }

func (m fakeMetadata) Resource(resource schema.GroupVersionResource) dynamic.NamespaceableResourceInterface {
	one := *m.cluster
	one.resource, one.metadata = resource, true
	return &one
}
