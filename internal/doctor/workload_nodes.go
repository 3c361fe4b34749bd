package doctor

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// need is something that pods use, and the first version of Kubernetes that has it by default.
type need struct {
	what  string
	since string
}

// needs returns what the pods need of Kubernetes, the latest first.
func (w *examinedWorkload) needs() (needs []need) {
	spec := &w.Template.Spec
	if workload.HasVariableFiles(spec) || !w.hasPinned && w.setsVariables() {
		needs = append(needs, need{"variables from files", "1.35"})
	}
	if workload.HasSidecars(spec) {
		needs = append(needs, need{"sidecars", "1.29"})
	}
	return needs
}

// setsVariables reports whether inject will set variables.
func (w *examinedWorkload) setsVariables() bool {
	for _, secret := range w.secrets {
		for _, use := range w.uses {
			if use.Secret == secret.Name && use.Variable {
				return true
			}
		}
	}
	return false
}

// workloadNodes checks the versions of the API server and of the nodes that the pods may run on.
func (e *examination) workloadNodes(ctx context.Context) finding {
	needs := e.workload.needs()
	if len(needs) == 0 {
		return skipped("not needed: every supported version of Kubernetes will do")
	}
	versions := map[string]string{"the API server": e.serverVersion}
	nodes, err := e.cluster.Core.Nodes().List(ctx, metav1.ListOptions{
		LabelSelector: labels.SelectorFromSet(e.workload.Template.Spec.NodeSelector).String(),
	})
	unknown := apierrors.IsForbidden(err)
	if err != nil && !unknown {
		return failed(fmt.Errorf("list nodes: %w", kube.Classify(err)))
	}
	if err == nil {
		for _, node := range nodes.Items {
			if node.Labels[corev1.LabelOSStable] != "windows" {
				versions["node "+node.Name] = node.Status.NodeInfo.KubeletVersion
			}
		}
	}
	var found finding
	for _, need := range needs {
		if old := olderThan(versions, need.since); len(old) > 0 {
			found.add(&OldKubernetesError{What: need.what, Since: need.since, Old: old, Later: !e.workload.hasPinned})
		}
	}
	switch {
	case len(found.problems) > 0 && !e.workload.hasPinned: // inject has another way
		found.status = Warning
		return found
	case len(found.problems) > 0:
		return found
	case unknown:
		return skipped("not known: no right to list nodes; %s need Kubernetes %s", word(needs[0].what),
			word(needs[0].since))
	case len(versions) == 2:
		return ok("%s need Kubernetes %s, which 1 node has", word(needs[0].what), word(needs[0].since))
	}
	return ok("%s need Kubernetes %s, which %d nodes have", word(needs[0].what), word(needs[0].since),
		len(versions)-1)
}

// olderThan returns which of these are of an older version, with it.
func olderThan(versions map[string]string, since string) (old []string) {
	least := version.MustParseGeneric(since)
	for name, text := range versions {
		if parsed, err := version.ParseGeneric(text); err == nil && parsed.LessThan(least) {
			old = append(old, name+" ("+text+")")
		}
	}
	slices.Sort(old)
	return old
}
