package kube

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// ConfigMap reads the cluster's configuration from a namespace, for config.Sources. An absent or forbidden ConfigMap
// has no data.
func ConfigMap(core corev1client.ConfigMapsGetter, namespace string) func(context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) {
		configMap, err := core.ConfigMaps(namespace).Get(ctx, config.ConfigMapName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
			return nil, nil
		}
		if err != nil {
			return nil, Classify(err)
		}
		return configMap.Data, nil
	}
}
