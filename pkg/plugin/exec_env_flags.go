package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
)

// namedEnv is a variable that the command line names, with an entry or a field of it as its value.
type namedEnv struct {
	name  string
	entry delivery.Entry
	path  document.Path // nil: the whole entry
}

// parseNamedEnv reads NAME=SECRET/ENTRY[#PATH].
func parseNamedEnv(text string) (namedEnv, error) {
	name, from, found := strings.Cut(text, "=")
	if !found || name == "" || strings.Contains(name, "\x00") {
		return namedEnv{}, errors.New("want NAME=SECRET/ENTRY, or NAME=SECRET/ENTRY#PATH")
	}
	from, path, hasPath := strings.Cut(from, "#")
	entry, err := delivery.ParseEntry(from)
	if err != nil || !hasPath {
		return namedEnv{name: name, entry: entry}, err
	}
	if _, err := document.FormatOf(entry.Name); err != nil {
		return namedEnv{}, fmt.Errorf("%w, because a PATH leads into a document", err)
	}
	steps, err := document.ParsePath(path)
	return namedEnv{name, entry, steps}, err
}

// value is that of the variable. Errors hold no plaintext.
func (e namedEnv) value(plaintext []byte) (string, error) {
	if e.path == nil {
		return string(plaintext), nil
	}
	format, err := document.FormatOf(e.entry.Name)
	if err != nil {
		return "", err
	}
	text, err := document.Get(format, plaintext, e.path)
	if err != nil {
		return "", fmt.Errorf("secret %s entry %q: %w", e.entry.Secret, e.entry.Name, err)
	}
	return text, nil
}

// envFrom are all entries of a Secret as variables, as with Kubernetes' envFrom.
type envFrom struct{ prefix, secret string }

// parseEnvFrom reads [PREFIX=]SECRET.
func parseEnvFrom(text string) (envFrom, error) {
	prefix, secret := "", text
	if at := strings.LastIndexByte(text, '='); at >= 0 {
		prefix, secret = text[:at], text[at+1:]
		if problems := validation.IsRelaxedEnvVarName(prefix); len(problems) > 0 {
			return envFrom{}, fmt.Errorf("prefix %q: %s", prefix, problems[0])
		}
	}
	name, err := secretName(secret)
	return envFrom{prefix, name}, err
}

// sources are the Secrets that variables are made of, in the order of the command line, and what is opened of each: the
// entries, or nil for all.
func (o *execOptions) sources() (names []string, entries map[string][]string) {
	entries = map[string][]string{}
	add := func(secret string, some []string) {
		if known, found := entries[secret]; !found {
			names = append(names, secret)
			entries[secret] = some
		} else if some == nil {
			entries[secret] = nil
		} else if known != nil && !slices.Contains(known, some[0]) {
			entries[secret] = append(known, some[0])
		}
	}
	for _, name := range o.names {
		add(name, nil)
	}
	for _, from := range o.envFrom {
		add(from.secret, nil)
	}
	for _, one := range o.env {
		add(one.entry.Secret, []string{one.entry.Name})
	}
	return names, entries
}
