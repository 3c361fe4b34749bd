package doctor

import (
	"context"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// Enforcement is whether the API server checks the Secrets of a namespace.
type Enforcement struct {
	Status Status
	State  string // in words without names
	Reason string // why it is not known or broken; it may quote names
}

// EnforcementError reports that the API server does not check Secrets as setup configured it.
type EnforcementError struct{ Namespace, Reason string }

func (e *EnforcementError) Error() string { return e.phrase().String() }

func (e *EnforcementError) phrase() phrase {
	return say("plaintext Secrets may be stored in namespace %s: %s", name{aNamespace, e.Namespace},
		untold(e.Reason))
}

// enforced never fails, because commands work without it and most users cannot read the policy.
func (e *examination) enforced(ctx context.Context) finding {
	var keys sealed.KeyTemplate
	if e.settings != nil {
		keys = e.settings.TransitKey.Value
	}
	is := e.Enforcement(ctx, e.cluster.Core, e.namespace(), keys)
	switch {
	case is.Status == Warning:
		broken := &EnforcementError{Namespace: e.namespace(), Reason: is.Reason}
		return finding{status: Warning, text: phrases{say("%v", broken)}, problems: []error{broken}}
	case is.Reason != "":
		return skipped("%s: %s", word(is.State), untold(is.Reason))
	}
	found := ok("%s in namespace %s", word(is.State), name{aNamespace, e.namespace()})
	found.status = is.Status
	return found
}
