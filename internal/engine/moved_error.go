package engine

import (
	"errors"
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// MovedError says that an entry which is bound to its place does not authenticate there, and what may have changed the
// place: it was sealed for another name or namespace, or it was altered.
type MovedError struct {
	Namespace, Name string // of the Secret
	Scope           sealed.Scope
	// From is the place that it was sealed for, which Vault has proven. Zero: not known.
	From sealed.Place
	// Evidence is what the Secret's metadata tells. Everyone who may edit the Secret can write it.
	Evidence sealed.MoveEvidence
	// Err is Vault's answer.
	Err error
}

func (e *MovedError) Error() string {
	what := "its name or namespace"
	if e.Scope == sealed.NamespaceWide {
		what = "its namespace"
	}
	switch {
	case e.From != sealed.Place{}:
		return fmt.Sprintf("%v: sealed for %s, as secret %s/%s", e.Err, e.another(), e.From.Namespace, e.From.Name)
	case e.Evidence.By != "":
		return fmt.Sprintf("%v: %s may have changed %s (%s)", e.Err, e.Evidence.By, what, e.Evidence.Shown)
	}
	return e.Err.Error()
}

// Known reports whether something is known of the place: where the entry was sealed for, or what has changed.
func (e *MovedError) Known() bool { return e.From != sealed.Place{} || e.Evidence.By != "" }

func (e *MovedError) another() string {
	switch {
	case e.From.Namespace == e.Namespace:
		return "another name"
	case e.From.Name == e.Name:
		return "another namespace"
	}
	return "another name and namespace"
}

func (e *MovedError) Unwrap() error { return e.Err }

// explainMoved adds to an error that an entry does not authenticate what may have changed its place. from is the place
// that origin has found; zero: none.
func explainMoved(secret sealed.Secret, err error, from sealed.Place) error {
	bound := secret.Scope == sealed.Strict || secret.Scope == sealed.NamespaceWide
	if !bound || !errors.Is(err, transit.ErrUnauthentic) {
		return err
	}
	return &MovedError{Namespace: secret.Namespace, Name: secret.Name, Scope: secret.Scope,
		From: from, Evidence: secret.MoveEvidence(), Err: err}
}
