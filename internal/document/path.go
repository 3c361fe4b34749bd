package document

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Path leads to a value in a document: names of members, and numbers of list elements from 0 on.
type Path []string

// ParsePath reads names and numbers with dots between them: database.hosts.0. A backslash takes the meaning from a
// dot or a backslash behind it.
func ParsePath(text string) (Path, error) {
	var path Path
	var part strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && strings.IndexByte(`.\`, text[i+1]) >= 0:
			i++
			part.WriteByte(text[i])
		case text[i] == '.':
			path = append(path, part.String())
			part.Reset()
		default:
			part.WriteByte(text[i])
		}
	}
	path = append(path, part.String())
	if slices.Contains(path, "") || !utf8.ValidString(text) {
		return nil, errors.New("a path is names with dots between them, as database.password")
	}
	return path, nil
}

func (p Path) String() string {
	parts := make([]string, len(p))
	for n, part := range p {
		parts[n] = strings.NewReplacer(`\`, `\\`, `.`, `\.`).Replace(part)
	}
	return strings.Join(parts, ".")
}

// PathError says where a path leads to nothing that can be set or unset.
type PathError struct {
	Path   Path
	Reason string
}

func (e *PathError) Error() string { return fmt.Sprintf("path %s: %s", e.Path, e.Reason) }

const (
	reasonLeaf    = "it is neither a mapping nor a list"
	reasonElement = "the list has no such element"
	reasonAbsent  = "there is no such member"
)

// step finds the item of a mapping or a list that a part of a path names; -1: the mapping has none. A list's end
// counts, as the place of one more element.
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

// with is a copy of the value that has another at the path, all mappings that lead there included.
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

// without is a copy of the value that has nothing at the path.
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
