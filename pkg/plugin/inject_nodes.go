package plugin

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// variableFilesSince is the first version of Kubernetes whose kubelet sets variables from files. An older one sets an
// empty variable and starts the container.
const variableFilesSince = "1.35"

// nodePage is how many nodes a request asks for.
const nodePage = 500

// WithoutVariableFiles says why kubelet cannot set variables from files.
func (k *injectKnown) WithoutVariableFiles() (workload.Without, error) {
	if k.without != nil {
		return *k.without, nil
	}
	found, err := k.withoutVariableFiles()
	if k.failed = err; err == nil {
		k.without = &found
	}
	return found, err
}

func (k *injectKnown) withoutVariableFiles() (workload.Without, error) {
	switch given := k.options.kubernetesVersion; {
	case given.known != nil && atLeast(given.known, variableFilesSince):
		return workload.Without{}, nil
	case given.known != nil:
		return workload.Without{Reason: "--kubernetes-version is " + given.text, Old: true}, nil
	case k.options.offline:
		return workload.Without{Reason: "with --offline, no node is asked"}, nil
	}
	core, err := k.cluster()
	if err != nil {
		return workload.Without{}, err
	}
	found, err := oldNode(k.ctx, core)
	if err != nil {
		err = k.notAsked(fmt.Errorf("list nodes: %w", kube.Classify(err)), nodesHint())
	}
	return found, err
}

// versionFlag is a version of Kubernetes.
type versionFlag struct {
	text  string
	known *utilversion.Version // nil: not specified
}

func (f *versionFlag) String() string { return f.text }
func (f *versionFlag) Type() string   { return "VERSION" }

func (f *versionFlag) Set(text string) (err error) {
	if f.known, err = utilversion.ParseGeneric(text); err != nil {
		return errors.New("want a version, such as 1.35")
	}
	f.text = text
	return nil
}

func atLeast(have *utilversion.Version, least string) bool {
	return have.AtLeast(utilversion.MustParseGeneric(least))
}

// oldNode looks for a node that is too old, and says which.
func oldNode(ctx context.Context, core corev1client.NodesGetter) (workload.Without, error) {
	options := metav1.ListOptions{Limit: nodePage}
	for count := 0; ; {
		nodes, err := core.Nodes().List(ctx, options)
		if err != nil {
			return workload.Without{}, err
		}
		for _, node := range nodes.Items {
			if reason := tooOld(&node); reason != "" {
				return workload.Without{Reason: reason, Old: true}, nil
			}
		}
		count += len(nodes.Items)
		if options.Continue = nodes.Continue; options.Continue == "" {
			if count == 0 {
				return workload.Without{Reason: "the cluster has no node that could be asked"}, nil
			}
			return workload.Without{}, nil
		}
	}
}

func tooOld(node *corev1.Node) string {
	kubelet := node.Status.NodeInfo.KubeletVersion
	parsed, err := utilversion.ParseGeneric(kubelet)
	if err == nil && atLeast(parsed, variableFilesSince) {
		return ""
	}
	return fmt.Sprintf("node %s has %q", node.Name, kubelet)
}
