package plugin

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

// eachMetadata hands out a list's metadata page by page: of Secrets, no values leave the API server.
func (c *connection) eachMetadata(ctx context.Context, resource, namespace, selector string,
	yield func([]metav1.PartialObjectMetadata)) error {
	options := metav1.ListOptions{LabelSelector: selector, Limit: 1000}
	for {
		text, err := c.core.RESTClient().Get().
			NamespaceIfScoped(namespace, namespace != metav1.NamespaceAll).Resource(resource).
			VersionedParams(&options, scheme.ParameterCodec).
			SetHeader("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1").
			Do(ctx).Raw()
		if err != nil {
			return err
		}
		var page metav1.PartialObjectMetadataList
		if err := json.Unmarshal(text, &page); err != nil {
			return err
		}
		yield(page.Items)
		if options.Continue = page.Continue; options.Continue == "" {
			return nil
		}
	}
}

// metadata is as much of a list as could be had.
func (c *connection) metadata(ctx context.Context, resource, namespace,
	selector string) []metav1.PartialObjectMetadata {
	var all []metav1.PartialObjectMetadata
	_ = c.eachMetadata(ctx, resource, namespace, selector,
		func(page []metav1.PartialObjectMetadata) { all = append(all, page...) })
	return all
}
