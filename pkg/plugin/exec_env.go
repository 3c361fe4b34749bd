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
	upper  bool     // names without the prefix are written in upper case
	only   []string // names without the prefix; none: all
	allow  []string // names that are set although they affect more than their own value

	values map[string]string
	froms  map[string][]string // which Secret and entry say a name, more than one where they collide
	asIs   map[string]bool     // names of entries, which Kubernetes takes although a shell would not

	named      map[string]string // by the command line, or by files that it names: they win, and may affect anything
	namedFroms map[string]string
}

func newChildEnv() *childEnv {
	return &childEnv{values: map[string]string{}, froms: map[string][]string{}, asIs: map[string]bool{},
		named: map[string]string{}, namedFroms: map[string]string{}}
}

// variable is a value on its way into the environment.
type variable struct{ name, value, from string }

// name puts in a variable whose name no writer of a Secret has chosen. The last one of a name wins.
func (e *childEnv) name(v variable) {
	for other := range e.named {
		if sameVariable(other, v.name) {
			delete(e.named, other)
		}
	}
	e.named[v.name], e.namedFroms[v.name] = v.value, v.from
}

// cased is the name of an entry or field as a variable's.
func (e *childEnv) cased(name string) string {
	if e.upper {
		return strings.ToUpper(name)
	}
	return name
}

// addAll puts all entries of a Secret in by their names, as Kubernetes does with envFrom: a later one wins.
func (e *childEnv) addAll(from envFrom, entries map[string][]byte) {
	for _, entry := range slices.Sorted(maps.Keys(entries)) {
		name := from.prefix + e.cased(entry)
		label := fmt.Sprintf("secret %s entry %q", from.secret, entry)
		if e.asIs[name] {
			e.froms[name] = nil
		}
		e.asIs[name] = true
		e.values[name] = string(entries[entry])
		e.froms[name] = append(e.froms[name], label)
	}
}

// add puts the entries of a Secret in: the fields of documents, and other entries by their names.
func (e *childEnv) add(secret string, entries map[string][]byte) error {
	for _, entry := range slices.Sorted(maps.Keys(entries)) {
		found, err := variablesOf(secret, entry, entries[entry])
		if err != nil {
			return err
		}
		for _, v := range found {
			cased := e.cased(v.name)
			chosen := func(only string) bool { return e.cased(only) == cased }
			if len(e.only) > 0 && !slices.ContainsFunc(e.only, chosen) {
				continue
			}
			name := e.prefix + cased
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
		case !isVariable(name) && !e.asIs[name]:
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
	for _, name := range slices.Sorted(maps.Keys(e.named)) {
		if strings.Contains(e.named[name], "\x00") {
			wrong = append(wrong, variableLabel(name)+" has a NUL in its value ("+e.namedFroms[name]+")")
		}
	}
	for _, name := range e.only {
		if _, found := e.values[e.prefix+e.cased(name)]; !found {
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
	return with(with(environment, e.values), e.named)
}

func with(environment []string, values map[string]string) []string {
	merged := slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		for own := range values {
			if sameVariable(own, name) {
				return true
			}
		}
		return false
	})
	for _, name := range slices.Sorted(maps.Keys(values)) {
		merged = append(merged, name+"="+values[name])
	}
	return merged
}
