package document

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ConflictError says that two sides have changed one field of a document to different values. It holds no value.
type ConflictError struct{ Path Path }

func (e *ConflictError) Error() string { return fmt.Sprintf("both sides changed the field %s", e.Path) }

// Reasons why documents are not merged.
var (
	ErrLayout     = errors.New("both sides changed comments or the layout of the document")
	ErrManyFields = fmt.Errorf("more than %d fields differ", maxMerged)
)

// maxMerged limits the changes of one side, because each is made in the whole text.
const maxMerged = 1000

// Merge returns a document with what each of two sides has changed in it since their base. Fields of mappings merge one
// by one; a list is one value. If both sides have changed a field to different values, Merge fails with a
// *ConflictError. The layout and YAML's comments are those of the side that has changed them; if both have, Merge fails
// with ErrLayout, except in JSON, which has no comments. A dotenv file is an error.
func Merge(format Format, base, ours, theirs []byte) ([]byte, error) {
	before, err := parse(format, base)
	if err != nil {
		return nil, err
	}
	our, err := changedSince(format, before, ours)
	if err != nil {
		return nil, err
	}
	their, err := changedSince(format, before, theirs)
	if err != nil {
		return nil, err
	}
	missing, err := missingChanges(our, their)
	if err != nil {
		return nil, err
	}
	missingInTheirs, err := missingChanges(their, our)
	if err != nil {
		return nil, err
	}
	ourOnlyValues, err := onlyValuesChanged(format, base, ours, our)
	if err != nil {
		return nil, err
	}
	theirOnlyValues, err := onlyValuesChanged(format, base, theirs, their)
	switch {
	case err != nil:
		return nil, err
	case ourOnlyValues && (len(missingInTheirs) == 0 || !theirOnlyValues):
		return keepingComments(format, base, theirs, missingInTheirs)
	case theirOnlyValues:
		return keepingComments(format, base, ours, missing)
	}
	return nil, ErrLayout
}

// fieldChange is a field that one side has changed.
type fieldChange struct {
	path Path
	to   *value // nil: it was removed
}

// changedSince lists the fields that a side has changed.
func changedSince(format Format, before *value, text []byte) ([]fieldChange, error) {
	after, err := parse(format, text)
	if err != nil {
		return nil, err
	}
	changes := changedFields(nil, before, after)
	if len(changes) > maxMerged {
		return nil, ErrManyFields
	}
	return changes, nil
}

func changedFields(at Path, before, after *value) []fieldChange {
	switch {
	case before == nil && after == nil, before != nil && after != nil && same(before, after):
		return nil
	case before == nil || after == nil || before.kind != kindObject || after.kind != kindObject:
		return []fieldChange{{slices.Clone(at), after}}
	}
	was, is := before.byName(), after.byName()
	all := maps.Clone(was)
	maps.Copy(all, is)
	var changes []fieldChange
	for _, name := range slices.Sorted(maps.Keys(all)) {
		changes = append(changes, changedFields(append(at, name), was[name], is[name])...)
	}
	return changes
}

func same(a, b *value) bool {
	var d differ
	d.compare(a, b)
	return len(d.differences) == 0
}

// missingChanges are their changes that ours does not have.
func missingChanges(our, their []fieldChange) ([]fieldChange, error) {
	var missing []fieldChange
	for _, t := range their {
		made := false
		for _, o := range our {
			common := min(len(o.path), len(t.path))
			if !slices.Equal(o.path[:common], t.path[:common]) {
				continue
			}
			if len(o.path) != len(t.path) || (o.to == nil) != (t.to == nil) || o.to != nil && !same(o.to, t.to) {
				return nil, &ConflictError{t.path[:common]}
			}
			made = true
		}
		if !made {
			missing = append(missing, t)
		}
	}
	return missing, nil
}

// onlyValuesChanged reports whether a side has changed the values of its base, and no comment. JSON has none.
func onlyValuesChanged(format Format, base, side []byte, changes []fieldChange) (bool, error) {
	if format == JSON {
		return true, nil
	}
	text, err := withChanges(format, base, changes)
	var form *Error
	if errors.As(err, &form) {
		return false, err
	}
	return err == nil && bytes.Equal(text, side), nil
}

// keepingComments is withChanges. It fails if a value would be replaced in which the side has changed comments.
func keepingComments(format Format, base, side []byte, changes []fieldChange) ([]byte, error) {
	for _, change := range changes {
		if format == YAML && commentsBelow(side, change.path) != commentsBelow(base, change.path) {
			return nil, ErrLayout
		}
	}
	return withChanges(format, side, changes)
}

func withChanges(format Format, text []byte, changes []fieldChange) ([]byte, error) {
	for _, change := range changes {
		var err error
		if change.to == nil {
			text, err = Unset(format, text, change.path)
		} else {
			text, err = Set(format, text, change.path, change.to.appendJSON(nil))
		}
		if err != nil {
			return nil, err
		}
	}
	return text, nil
}
