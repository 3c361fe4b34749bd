package plugin

import (
	"net/http"
	"net/http/httptest"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// TestMetadataClientAsksForMetadata: an annotation is enough to know the uses, and the rest of an object may be large.
func TestMetadataClientAsksForMetadata(t *testing.T) {
	var accepted string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted = r.Header.Get("Accept")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
			"metadata": {"continue": "next"}, "items": [{"kind": "PartialObjectMetadata",
			"apiVersion": "meta.k8s.io/v1", "metadata": {"name": "a", "uid": "1", "annotations": {"k": "v"}}}]}`))
	}))
	t.Cleanup(server.Close)
	client, err := metadataClient(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	webhooks := schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1",
		Resource: "validatingwebhookconfigurations"}
	list, err := client.Resource(webhooks).List(t.Context(), metav1.ListOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"; accepted != want {
		t.Errorf("asked for %s, want %s", accepted, want)
	}
	if len(list.Items) != 1 || list.GetContinue() != "next" || list.Items[0].GetUID() != "1" ||
		list.Items[0].GetAnnotations()["k"] != "v" {
		t.Errorf("read %+v", list)
	}
}
