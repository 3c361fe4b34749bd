package setup

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// objectRemoval deletes one Kubernetes object, and its dependents.
type objectRemoval struct{ object }

// remove returns the removal of an object that setup created.
func (s *Setup) remove(kind schema.GroupVersionKind, namespace, name string) objectRemoval {
	manifest := &unstructured.Unstructured{}
	manifest.SetGroupVersionKind(kind)
	manifest.SetNamespace(namespace)
	manifest.SetName(name)
	return objectRemoval{object{client: s.Dynamic, manifest: manifest}}
}

func (r objectRemoval) inspect(ctx context.Context) (Change, error) {
	live, err := r.resource().Get(ctx, r.manifest.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return Change{Action: absent}, nil
	}
	if err != nil {
		return Change{}, fmt.Errorf("read %s: %w", r.name(), kube.Classify(err))
	}
	return Change{Action: Delete, Diff: diffYAML(said(live), nil)}, nil
}

func (r objectRemoval) apply(ctx context.Context) error {
	background := metav1.DeletePropagationBackground
	err := r.resource().Delete(ctx, r.manifest.GetName(), metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s: %w", r.name(), kube.Classify(err))
	}
	return nil
}

// settingRemoval deletes a path in Vault.
type settingRemoval struct{ setting }

func (r settingRemoval) inspect(ctx context.Context) (Change, error) {
	is, err := r.read(ctx)
	if err != nil {
		return Change{}, err
	}
	if is == nil {
		return Change{Action: absent}, nil
	}
	return Change{Action: Delete, Diff: diffYAML(canonical(is), nil)}, nil
}

func (r settingRemoval) apply(ctx context.Context) error { return r.vault.Delete(ctx, r.at) }

func (r settingRemoval) needs() (string, []string) { return r.at, []string{"delete"} }
