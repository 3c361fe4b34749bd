package plugin

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// endOf returns the result of the command. Findings override errors, unless the only finding is that the reads were
// denied.
func (o *verifyOptions) endOf(view *verificationView, selection engine.Selection, err error) error {
	if len(view.Findings) == 0 && !view.differs() {
		if err != nil && view.Summary.Secrets > 0 {
			return newReportError(exitPartial, err, "")
		}
		return err
	}
	var first error
	allDenied := !view.differs()
	for _, finding := range view.Findings {
		allDenied = allDenied && denied(finding.Err)
		if first == nil {
			first = finding.Err
		}
	}
	if allDenied && view.secretsFound() == view.Summary.Secrets {
		return first
	}
	what := newReportError(exitFound, errors.New("verification found something: "+tally(view)),
		o.findingsHint(view, selection))
	if err != nil {
		what.err = fmt.Errorf("%w; and %w", what.err, err)
	}
	return what
}

// managedStale is how many of the stale entries are in Secrets that a tool would put back.
func managedStale(view *verificationView) int {
	n := 0
	for _, finding := range view.Findings {
		if finding.Status == engine.Stale && finding.ManagedBy != "" {
			n++
		}
	}
	return n
}

// brokenIn reports whether the Secret of a finding does not open.
func (v *verificationView) brokenIn(finding engine.Finding) bool {
	for _, f := range v.Findings {
		if f.Namespace == finding.Namespace && f.Name == finding.Name &&
			(f.Status == engine.Broken || f.Status == engine.Unreadable) {
			return true
		}
	}
	return false
}

// ofPlainType is how many of the findings are plaintext of a type that must stay so.
func ofPlainType(view *verificationView) int {
	n := 0
	for _, finding := range view.Findings {
		var plain *sealed.PlainTypeError
		if finding.Status == engine.Unsealed && errors.As(finding.Err, &plain) {
			n++
		}
	}
	return n
}
