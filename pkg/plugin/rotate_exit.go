package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// endOf is what the command ends with: the error that ended the
// rotation, the Secrets that failed, or the key versions that could not be retired.
func (o *rotateOptions) endOf(report *engine.RotationReport, request engine.RotateRequest, err error) error {
	again := o.again(report, request)
	setBack, raised := mayBeRaised(report)
	done := report.Summary.Done()
	var configured *engine.ConfiguredKeyError
	switch {
	case errors.As(err, &configured):
		return err // no Secret has failed
	case err != nil && (done > 0 || begun(report)):
		return newReportError(
			stoppedCode(done, err),
			both(fmt.Errorf("stopped after %s: %w", count(done, "Secret"), err), raised),
			strings.Join(append(setBack, thenFinish(hint(err), again)), "\n"),
		)
	case err != nil:
		return err
	case report.Summary.Failed > 0:
		return failuresError(report, again)
	case report.Summary.Broken > 0 && o.meant(request):
		return brokenError(report)
	case report.Summary.NoneOpens():
		return o.noneOpens(report, request)
	}
	return retirementError(report, again)
}

// begun reports whether a key has a new version, or may have one, so that running the same command
// again would make one more.
func begun(report *engine.RotationReport) bool {
	return !report.DryRun &&
		slices.ContainsFunc(report.Keys, func(k engine.KeyRotation) bool { return k.Rotated || k.Unknown })
}

// failuresError says how many Secrets failed.
func failuresError(report *engine.RotationReport, again string) error {
	var first error
	allDenied, file := true, ""
	for _, secret := range report.Secrets {
		if secret.Status == engine.Failed {
			allDenied = allDenied && denied(secret.Err)
			if first == nil && secret.File != "" {
				first, file = fmt.Errorf("%s: %w", secret.File, secret.Err), secret.File
			} else if first == nil {
				first = secret.Err
			}
		}
	}
	then := hintIn(file, first)
	if begun(report) {
		then = thenFinish(then, again)
	}
	code := exitFailed
	switch {
	case report.Summary.Done() > 0:
		code = exitPartial
	case allDenied:
		code = exitDenied
	}
	if report.Summary.Total() == 1 {
		return newReportError(code, first, then)
	}
	return newReportError(code, fmt.Errorf("%s of %d not rewrapped", count(report.Summary.Failed, "Secret"),
		report.Summary.Total()), then)
}

// brokenError says how many of the Secrets that were meant do not open where they are. Nothing is left to be done by
// running again.
func brokenError(report *engine.RotationReport) error {
	var first error
	for _, secret := range report.Secrets {
		if secret.Status == engine.NotOpening && first == nil {
			first = secret.Err
		}
	}
	code := exitFailed
	if report.Summary.Total() == 1 {
		if denied(first) {
			code = exitDenied
		}
		return newReportError(code, first, "")
	}
	return newReportError(code, fmt.Errorf("%s of %d not rewrapped", count(report.Summary.Broken, "Secret"),
		report.Summary.Total()), hint(first))
}

// noneOpens says that nothing in view opens, which is no stranger's fault alone.
func (o *rotateOptions) noneOpens(report *engine.RotationReport, request engine.RotateRequest) error {
	var first error
	for _, secret := range report.Secrets {
		if secret.Status == engine.NotOpening && (first == nil || !denied(secret.Err)) {
			first = secret.Err
		}
	}
	switch {
	case denied(first):
		return newReportError(exitDenied, first, "")
	case errors.Is(first, transit.ErrVersionRetired): // such as by another cluster
		return newReportError(exitFailed, engine.ErrNoneOpens, thenFinish(hint(first), o.again(report, request)))
	}
	return newReportError(exitFailed, engine.ErrNoneOpens, noneOpensHint(o.selection.words(request.Selection)))
}

func stoppedCode(done int, err error) int {
	switch {
	case done > 0:
		return exitPartial
	case denied(err):
		return exitDenied
	}
	return exitFailed
}
