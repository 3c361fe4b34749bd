package engine

import (
	"fmt"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// TargetExistsError says that another Secret is at the place that a Secret is to be copied or moved to.
type TargetExistsError struct {
	Namespace, Name string // of the existing Secret
	// Differs is what it has otherwise than the Secret to copy: "entry \"password\"".
	Differs string
}

func (e *TargetExistsError) Error() string {
	return fmt.Sprintf("secret %s/%s already exists, and differs: %s", e.Namespace, e.Name, e.Differs)
}

// TargetDeletingError says that the Secret at the place to copy or move to is being deleted. Its values will be lost.
type TargetDeletingError struct {
	Namespace, Name string // of the Secret that is being deleted
}

func (e *TargetDeletingError) Error() string {
	return fmt.Sprintf("secret %s/%s is being deleted", e.Namespace, e.Name)
}

// UnreadTargetError says that a Secret was sealed for its new place, but that it could not be read again there. So the
// old one was not deleted.
type UnreadTargetError struct {
	To  sealed.Place
	Err error
}

func (e *UnreadTargetError) Error() string {
	return fmt.Sprintf("read secret %s/%s again: %v; nothing was deleted", e.To.Namespace, e.To.Name, e.Err)
}

func (e *UnreadTargetError) Unwrap() error { return e.Err }

// NotDeletedError says that a Secret was sealed for its new place and verified there, but that the old one was not
// deleted. Both open.
type NotDeletedError struct {
	Namespace, Name string // of the old Secret
	To              sealed.Place
	Err             error
}

func (e *NotDeletedError) Error() string {
	return fmt.Sprintf("secret %s/%s is sealed and opens, but secret %s/%s was not deleted: %v",
		e.To.Namespace, e.To.Name, e.Namespace, e.Name, e.Err)
}

func (e *NotDeletedError) Unwrap() error { return e.Err }
