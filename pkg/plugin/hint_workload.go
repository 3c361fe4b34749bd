package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// noWorkloadHint is about a file without a workload.
func noWorkloadHint() string {
	return "specify a manifest with a " + strings.Join(workload.KindNames(), ", ")
}

// otherWorkloadNamespaceHint says how to work in the namespace of a manifest.
func otherWorkloadNamespaceHint(e *OtherWorkloadNamespaceError) string {
	return fmt.Sprintf("to work in namespace %s, add -n %s", e.Namespace, e.Namespace)
}

// workloadNotFoundHint is about a workload that the cluster does not have.
func workloadNotFoundHint(resource, namespace string) string {
	return fmt.Sprintf("list them with kubectl get %s -n %s; or specify another KIND/NAME, or -f FILE", resource,
		namespace)
}
