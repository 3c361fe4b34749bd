package plugin

import (
	"context"
	"errors"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// printRemarks says what stays, and what the user should know before anything is written.
func (o *setupOptions) printRemarks(plan *setup.Plan) {
	o.printKept(plan.Kept)
	for _, note := range plan.Notes {
		o.globals.note("%s", note)
	}
	for _, warning := range plan.Warnings {
		o.globals.warn("%s", warning)
	}
}

// printExpected says what setup would try.
func (o *setupOptions) printExpected(plan *setup.Plan) {
	for _, text := range plan.Expected {
		o.globals.note("%s", text)
	}
}

func (o *setupOptions) printKept(kept []setup.Kept) {
	texts := make([]string, len(kept))
	for n, one := range kept {
		texts[n] = one.String()
	}
	if len(texts) > 0 {
		o.globals.note("kept, because no flag changes it: %s", strings.Join(texts, "; "))
	}
}

// tryLogin ends with exit code 1 if a login with the new setup fails.
func (o *setupOptions) tryLogin(ctx context.Context, s *setup.Setup, written bool) error {
	return o.tried(s.TryLogin(ctx, written))
}

// tried says how a login went.
func (o *setupOptions) tried(unrevoked, err error) error {
	if unrevoked != nil {
		warnUnrevoked(o.globals.process.ErrOut, unrevoked)
	}
	var failed *setup.LoginError
	switch {
	case errors.As(err, &failed):
		return newReportError(exitFailed, err, "")
	case errors.Is(err, transit.ErrDenied):
		o.globals.note("no login was tested, because you have no right to: %v", err)
		return nil
	}
	return err
}

// noImage says with which flag the image is given.
func noImage(err error) error {
	if errors.Is(err, setup.ErrNoImage) {
		return usagef("--cronjob needs --image")
	}
	return err
}
