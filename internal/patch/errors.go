package patch

import (
	"errors"
	"fmt"
)

// PathError says that an edit has no place in the document, or would change more than one.
type PathError struct {
	At     Path
	Reason error // one of the errors below
}

func (e *PathError) Error() string { return fmt.Sprintf("%s: %v", e.At, e.Reason) }

func (e *PathError) Unwrap() error { return e.Reason }

// The reasons of a PathError.
var (
	ErrAbsent    = errors.New("it does not exist")
	ErrNoMapping = errors.New("it is not a mapping")
	ErrNoList    = errors.New("it is not a list")
	ErrAmbiguous = errors.New("several items of the list have that name")
	ErrPath      = errors.New("the path does not lead to something that can be changed so")
	ErrShared    = errors.New("an alias or a merge key has it in common with another value")
)

// ErrForm says that the text has what is to be changed in a form that cannot change alone.
var ErrForm = errors.New("it is written in an unusual form that cannot be changed alone")
