package engine

import (
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// maxRestartNames is the maximum number of Secrets that WorkloadRestarts names.
const maxRestartNames = 10

// WorkloadRestarts are the rewrapped Secrets with an annotation with which a controller restarts workloads when a value
// changes. The plaintext is the same, so the restart is of no use. Workloads are not read.
type WorkloadRestarts struct {
	// Secrets is the number of these Secrets.
	Secrets int `json:"secrets"`
	// First are the first ones, NAMESPACE/NAME, sorted.
	First []string `json:"first"`
	// Annotations are the names of the annotations, sorted.
	Annotations []string `json:"annotations"`
}

// restarts adds a rewrapped Secret. The caller holds the lock.
func (r *rotationRecord) restarts(t *task) {
	annotation := sealed.RestartsWorkloads(t.live.Annotations)
	if annotation == "" {
		return
	}
	if r.report.Restarts == nil {
		r.report.Restarts = &WorkloadRestarts{}
	}
	all := r.report.Restarts
	all.Secrets++
	all.First = inserted(all.First, t.live.Namespace+"/"+t.live.Name)
	all.First = all.First[:min(len(all.First), maxRestartNames)]
	all.Annotations = inserted(all.Annotations, annotation)
}

// inserted is a sorted list with one more text, which it has once.
func inserted(sorted []string, text string) []string {
	at, found := slices.BinarySearch(sorted, text)
	if found {
		return sorted
	}
	return slices.Insert(sorted, at, text)
}
