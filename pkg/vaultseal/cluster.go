package vaultseal

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/pkg/config"
)

// Tune makes a configuration speak to the API server as a Client should: without a limit of its own, because the API
// server's fairness decides, in protobuf, and outlasting what passes by itself.
func Tune(kubernetes *rest.Config) {
	kubernetes.QPS = -1
	kubernetes.Wrap(Retrying)
	kubernetes.ContentType = runtime.ContentTypeProtobuf
	kubernetes.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
}

// ConfigMap reads the cluster's configuration from a namespace, as config.Sources wants it: one that is absent or
// forbidden is none.
func ConfigMap(core corev1client.ConfigMapsGetter, namespace string) func(context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) {
		configMap, err := core.ConfigMaps(namespace).Get(ctx, config.ConfigMapName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
			return nil, nil
		}
		if err != nil {
			return nil, KubernetesError(err)
		}
		return configMap.Data, nil
	}
}
