package secretusers

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// page requests one page of a list. next is where the following one begins; empty: it is the last.
func (l *list) page(ctx context.Context, clients Clients, resource schema.GroupVersionResource,
	options metav1.ListOptions) (objects []listed, next string, err error) {
	client := clients.Objects
	if l.metadata {
		client = clients.Metadata
	}
	page, err := client.Resource(resource).Namespace(l.namespace).List(ctx, options)
	if err != nil {
		return nil, "", err
	}
	for n := range page.Items {
		objects = append(objects, l.listed(&page.Items[n]))
	}
	return objects, page.GetContinue(), nil
}
