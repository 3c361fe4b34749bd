package setup

import (
	"cmp"
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// FieldManager owns what setup writes to the cluster.
const FieldManager = "vaultseal-setup"

// resources are the API resources of the kinds that setup creates.
var resources = map[string]string{
	"Namespace": "namespaces", "ServiceAccount": "serviceaccounts", "ConfigMap": "configmaps", "CronJob": "cronjobs",
	"Role": "roles", "RoleBinding": "rolebindings", "ClusterRole": "clusterroles",
	"ClusterRoleBinding":               "clusterrolebindings",
	"ValidatingAdmissionPolicy":        "validatingadmissionpolicies",
	"ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
}

// object is one Kubernetes object. It is written by server-side apply, so fields of other managers stay.
type object struct {
	client   dynamic.Interface
	manifest *unstructured.Unstructured
	force    bool   // take over fields that another manager owns
	manager  string // of the fields; empty: FieldManager
}

func (o object) name() string {
	name := fmt.Sprintf("%s %s", o.manifest.GetKind(), o.manifest.GetName())
	if namespace := o.manifest.GetNamespace(); namespace != "" {
		name = fmt.Sprintf("%s %s/%s", o.manifest.GetKind(), namespace, o.manifest.GetName())
	}
	return name
}

func (o object) resource() dynamic.ResourceInterface {
	group := o.manifest.GroupVersionKind().GroupVersion()
	where := o.client.Resource(schema.GroupVersionResource{Group: group.Group, Version: group.Version,
		Resource: resources[o.manifest.GetKind()]})
	if namespace := o.manifest.GetNamespace(); namespace != "" {
		return where.Namespace(namespace)
	}
	return where
}

func (o object) inspect(ctx context.Context) (Change, error) {
	live, err := o.resource().Get(ctx, o.manifest.GetName(), metav1.GetOptions{})
	absent := apierrors.IsNotFound(err)
	if err != nil && !absent {
		return Change{}, fmt.Errorf("read %s: %w", o.name(), kube.Classify(err))
	}
	wanted, err := o.write(ctx, metav1.DryRunAll)
	switch {
	case absent && apierrors.IsNotFound(err) && o.manifest.GetNamespace() != "":
		// an earlier step creates its namespace
		return Change{Action: Create, Diff: diffYAML(nil, o.manifest.Object)}, nil
	case err != nil:
		return Change{}, o.error(err)
	case absent:
		return Change{Action: Create, Diff: diffYAML(nil, o.manifest.Object)}, nil
	}
	diff := diffYAML(said(live), said(wanted))
	if diff == "" {
		return Change{}, nil
	}
	return Change{Action: Configure, Diff: diff}, nil
}

func (o object) apply(ctx context.Context) error {
	if _, err := o.write(ctx); err != nil {
		return o.error(err)
	}
	return nil
}

func (o object) write(ctx context.Context, dryRun ...string) (*unstructured.Unstructured, error) {
	options := metav1.ApplyOptions{FieldManager: cmp.Or(o.manager, FieldManager), DryRun: dryRun, Force: o.force}
	return o.resource().Apply(ctx, o.manifest.GetName(), o.manifest, options)
}

func (o object) error(err error) error {
	if apierrors.IsConflict(err) {
		err = &ForeignFieldsError{err}
	}
	return fmt.Errorf("write %s: %w", o.name(), kube.Classify(err))
}

// said returns an object without the fields that the API server maintains.
func said(live *unstructured.Unstructured) map[string]any {
	content := live.DeepCopy().Object
	for _, field := range []string{"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"} {
		unstructured.RemoveNestedField(content, "metadata", field)
	}
	delete(content, "status")
	return content
}
