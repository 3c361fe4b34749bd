package plugin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// childEnv is the environment of a child that sealed values are put into.
type childEnv struct {
	prefix string
	only   []string // names without the prefix; none: all
	allow  []string // names that are set although they affect more than their own value

	values map[string]string
	froms  map[string][]string // which Secret and entry say a name, more than one where they collide
}

// variable is a value on its way into the environment.
type variable struct{ name, value, from string }

// add puts the entries of a Secret in: the fields of documents, and other entries by their names.
func (e *childEnv) add(secret string, entries map[string][]byte) error {
	if e.values == nil {
		e.values, e.froms = map[string]string{}, map[string][]string{}
	}
	for _, entry := range slices.Sorted(maps.Keys(entries)) {
		found, err := variablesOf(secret, entry, entries[entry])
		if err != nil {
			return err
		}
		for _, v := range found {
			if len(e.only) > 0 && !slices.Contains(e.only, v.name) {
				continue
			}
			name := e.prefix + v.name
			e.values[name] = v.value
			e.froms[name] = append(e.froms[name], v.from)
		}
	}
	return nil
}

func variablesOf(secret, entry string, plaintext []byte) ([]variable, error) {
	from := fmt.Sprintf("secret %s entry %q", secret, entry)
	fields := []document.Variable{{Name: entry, Value: string(plaintext)}} // where it is no document
	if format, err := document.FormatOf(entry); err == nil {
		if fields, err = document.Variables(format, plaintext); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
	}
	found := make([]variable, len(fields))
	for n, field := range fields {
		found[n] = variable{field.Name, field.Value, from}
	}
	return found, nil
}

// check lists every name that cannot be meant. What it says holds names and no values.
func (e *childEnv) check() error {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		what := ""
		switch {
		case len(e.froms[name]) > 1 || e.twice(name):
			what = "occurs twice"
		case !isVariable(name):
			what = "is not a valid name of a variable"
		case strings.Contains(e.values[name], "\x00"):
			what = "has a NUL in its value"
		case affects(name) != "" && !slices.Contains(e.allow, name):
			what = "affects " + affects(name)
		default:
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s %s (%s)", variableLabel(name), what, strings.Join(e.froms[name], ", ")))
	}
	for _, name := range e.only {
		if _, found := e.values[e.prefix+name]; !found {
			wrong = append(wrong, variableLabel(name)+" is not there")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return withHint(
		fmt.Errorf("these cannot become variables: %s", strings.Join(wrong, "; ")),
		variablesHint(),
	)
}

// twice reports whether another name is the same variable.
func (e *childEnv) twice(name string) bool {
	for other := range e.values {
		if other != name && sameVariable(other, name) {
			return true
		}
	}
	return false
}

// variableLabel is a name that cannot move a terminal's cursor.
func variableLabel(name string) string {
	if isVariable(name) {
		return name
	}
	return fmt.Sprintf("%q", name)
}

func isVariable(name string) bool {
	for n, char := range name {
		switch {
		case char == '_', 'a' <= char && char <= 'z', 'A' <= char && char <= 'Z', n > 0 && '0' <= char && char <= '9':
		default:
			return false
		}
	}
	return name != "" && utf8.ValidString(name)
}

// over gives an environment with the values in the place of what it had by their names.
func (e *childEnv) over(environment []string) []string {
	merged := slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		for own := range e.values {
			if sameVariable(own, name) {
				return true
			}
		}
		return false
	})
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		merged = append(merged, name+"="+e.values[name])
	}
	return merged
}
