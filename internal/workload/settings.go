package workload

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Settings decide what injected containers do.
type Settings struct {
	Image string // empty: an *Error if it is needed
	// Namespace is that of workloads and Secrets whose manifests have none.
	Namespace string
	// LeastScope refuses Secrets whose entries have a weaker scope.
	LeastScope sealed.Scope
	// Refresh adds a sidecar that follows changes of Secrets.
	Refresh bool
	// Exec sets variables with the command exec, in place of files that kubelet reads.
	Exec bool
	// Commands are the commands of containers whose manifests have none, by container. Exec needs them.
	Commands map[string][]string
	// CPU and Memory are requests and limits of each container that is added.
	CPU, Memory resource.Quantity
}

// Vault says how injected containers reach Vault. Empty fields are not written.
type Vault struct {
	Address, Namespace, ServerName, Proxy string

	CA            string // certificates as PEM
	Method, Mount string
	Role          string // empty: NAMESPACE.SERVICEACCOUNT
	Audience      string
	// TransitKey is the key of sealed Secrets that do not name theirs; zero: they must name it.
	TransitKey sealed.KeyTemplate
}

// DefaultCPU and DefaultMemory are what an added container requests, and its limits.
const (
	DefaultCPU    = "250m"
	DefaultMemory = "64Mi"
)
