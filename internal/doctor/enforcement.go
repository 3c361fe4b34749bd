package doctor

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Enforcement is whether the API server checks the Secrets of a namespace, and what to do where that is a Warning.
type Enforcement struct {
	Status        Status
	Summary, Hint string
}

// enforced never fails: the chain holds without it, and most users may not read the policy.
func (e *examination) enforced(ctx context.Context) finding {
	var keys sealed.KeyTemplate
	if e.settings != nil {
		keys = e.settings.TransitKey.Value
	}
	is := e.Enforcement(ctx, e.cluster.Core, e.namespace(), keys)
	found := finding{status: is.Status, summary: is.Summary}
	if is.Hint != "" {
		found.hints = []string{is.Hint}
	}
	return found
}
