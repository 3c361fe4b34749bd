package doctor

import (
	"context"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Enforcement is whether the API server checks the Secrets of a namespace.
type Enforcement struct {
	Status  Status
	Summary string
	Problem error // of a Warning, else nil
}

// EnforcementError reports that the API server does not check Secrets as setup configured it.
type EnforcementError struct{ Namespace, Reason string }

func (e *EnforcementError) Error() string {
	return fmt.Sprintf("plaintext Secrets may be stored in namespace %s: %s", e.Namespace, e.Reason)
}

// enforced never fails, because commands work without it and most users cannot read the policy.
func (e *examination) enforced(ctx context.Context) finding {
	var keys sealed.KeyTemplate
	if e.settings != nil {
		keys = e.settings.TransitKey.Value
	}
	is := e.Enforcement(ctx, e.cluster.Core, e.namespace(), keys)
	found := finding{status: is.Status, summary: is.Summary}
	if is.Problem != nil {
		found.problems = []error{is.Problem}
	}
	return found
}
