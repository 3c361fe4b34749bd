package document

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Path leads to a value in a document: names of members, and numbers of list elements, which start at 0.
//
// Its text form is the only notation for places in documents, in flags and in reports: the steps with dots between
// them, as servers.2.host. A backslash before a dot, a backslash or a double quote makes that character part of the
// name: tls.ca\.crt leads to "ca.crt" in "tls". An empty name is written "". The empty path is the whole document.
type Path []string

// emptyName is the text form of a step whose name has no characters.
const emptyName = `""`

// ParsePath reads the text form of a path with at least one step. A backslash before any other character is part of the
// name.
func ParsePath(text string) (Path, error) {
	var path Path
	start := 0 // of the current step
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text), text[i] == '.':
			if i == start || !utf8.ValidString(text) {
				return nil, errors.New("a path is names with dots between them, such as database.password")
			}
			path = append(path, stepName(text[start:i]))
			start = i + 1
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
	}
	return path, nil
}

func stepName(step string) string {
	if step == emptyName {
		return ""
	}
	return strings.NewReplacer(`\\`, `\`, `\.`, `.`, `\"`, `"`).Replace(step)
}

func (p Path) String() string {
	steps := make([]string, len(p))
	for n, name := range p {
		switch name {
		case "":
			steps[n] = emptyName
		case emptyName:
			steps[n] = `\` + emptyName
		default:
			steps[n] = strings.NewReplacer(`\`, `\\`, `.`, `\.`).Replace(name)
		}
	}
	return strings.Join(steps, ".")
}

// MarshalText returns the text form, which JSON and YAML reports have.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// PathError says which part of a path leads to nothing that can be set or unset.
type PathError struct {
	Path   Path
	Reason string
}

func (e *PathError) Error() string { return fmt.Sprintf("path %s: %s", e.Path, e.Reason) }

const (
	reasonLeaf    = "it is neither a mapping nor a list"
	reasonElement = "the list has no such element"
	reasonAbsent  = "it does not exist"
)

// step finds the item that a step of a path names. It returns -1 when the mapping has no such member, and the length
// of a list for the place of a new element.
func (v *value) step(path Path, at int) (int, error) {
	switch v.kind {
	case kindObject:
		return slices.Index(v.names, path[at]), nil
	case kindArray:
		n, err := strconv.Atoi(path[at])
		if err != nil || n < 0 || n > len(v.items) {
			return 0, &PathError{path[:at+1], reasonElement}
		}
		return n, nil
	}
	return 0, &PathError{path[:at], reasonLeaf}
}

// with returns a copy of the value with the leaf at the path. It creates the mappings on the way.
func (v *value) with(path Path, at int, leaf *value) (*value, error) {
	if at == len(path) {
		return leaf, nil
	}
	n, err := v.step(path, at)
	if err != nil {
		return nil, err
	}
	made := v.copied()
	if n < 0 {
		made.names, n = append(made.names, path[at]), len(made.items)
	}
	if n == len(made.items) {
		made.items = append(made.items, &value{kind: kindObject})
	}
	made.items[n], err = made.items[n].with(path, at+1, leaf)
	return made, err
}

// without returns a copy of the value without what is at the path.
func (v *value) without(path Path, at int) (*value, error) {
	n, err := v.step(path, at)
	if err == nil && (n < 0 || n == len(v.items)) {
		err = &PathError{path[:at+1], reasonAbsent}
	}
	if err != nil {
		return nil, err
	}
	made := v.copied()
	if at+1 < len(path) {
		made.items[n], err = made.items[n].without(path, at+1)
		return made, err
	}
	made.items = slices.Delete(made.items, n, n+1)
	if made.kind == kindObject {
		made.names = slices.Delete(made.names, n, n+1)
	}
	return made, nil
}

func (v *value) copied() *value {
	return &value{kind: v.kind, text: v.text, names: slices.Clone(v.names), items: slices.Clone(v.items)}
}
