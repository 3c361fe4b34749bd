package setup

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// labelRemoval removes a label from an object.
type labelRemoval struct {
	object

	label string
}

func (r labelRemoval) inspect(ctx context.Context) (Change, error) {
	live, err := r.resource().Get(ctx, r.manifest.GetName(), metav1.GetOptions{})
	if err != nil {
		return Change{}, fmt.Errorf("read %s: %w", r.name(), kube.Classify(err))
	}
	without := live.DeepCopy()
	labels := without.GetLabels()
	delete(labels, r.label)
	without.SetLabels(labels)
	return Change{Action: Configure, Diff: diffYAML(said(live), said(without))}, nil
}

func (r labelRemoval) apply(ctx context.Context) error {
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:null}}}`, r.label)
	_, err := r.resource().Patch(ctx, r.manifest.GetName(), types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: labelManager})
	if err != nil {
		return fmt.Errorf("write %s: %w", r.name(), kube.Classify(err))
	}
	return nil
}
