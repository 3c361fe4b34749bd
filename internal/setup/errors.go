package setup

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// ObstacleError lists all reasons why a plan is impossible. Nothing was written.
type ObstacleError struct {
	Obstacles []error
}

func (e *ObstacleError) Error() string {
	texts := make([]string, len(e.Obstacles))
	for n, obstacle := range e.Obstacles {
		texts[n] = obstacle.Error()
	}
	return strings.Join(texts, "; ")
}

func (e *ObstacleError) Unwrap() []error { return e.Obstacles }

// IncompleteError reports where a plan stopped.
type IncompleteError struct {
	Done    []string // what was created or configured
	Missing []string // what was not; the first one failed
	Err     error
}

func incomplete(before, rest []Item, err error) *IncompleteError {
	return &IncompleteError{Done: changed(before), Missing: changed(rest), Err: err}
}

func changed(items []Item) (names []string) {
	for _, item := range items {
		if item.Action != Unchanged {
			names = append(names, item.Name)
		}
	}
	return names
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("%v; not done: %s", e.Err, strings.Join(e.Missing, ", "))
}

// Unwrap returns the cause.
func (e *IncompleteError) Unwrap() error { return e.Err }

// UnconfirmedMountError reports an auth mount that only the ConfigMap names, and that Vault does not confirm as this
// installation's.
type UnconfirmedMountError struct {
	Method transit.Method
	Mount  string
}

func (e *UnconfirmedMountError) Error() string {
	return fmt.Sprintf("only the cluster's ConfigMap names the auth mount %s (method %s), and Vault does not confirm "+
		"that it is this installation's", e.Mount, e.Method)
}

// ForeignFieldsError reports that another manager owns fields of an object that setup would change.
type ForeignFieldsError struct{ Err error }

func (e *ForeignFieldsError) Error() string { return e.Err.Error() }

// Unwrap returns what the API server says.
func (e *ForeignFieldsError) Unwrap() error { return e.Err }
