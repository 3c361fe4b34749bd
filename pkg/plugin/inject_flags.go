package plugin

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// chosenSecret is a Secret that the user says is sealed, or is plain.
type chosenSecret struct {
	plain bool
	key   transit.Key // zero: not specified
	scope sealed.Scope
}

// parseChosen reads NAME[=KEY[,SCOPE]], or names with commas.
func parseChosen(args []string) (map[string]chosenSecret, error) {
	chosen := map[string]chosenSecret{}
	for _, arg := range args {
		names, one, err := parseChosenArg(arg)
		if err != nil {
			return nil, usagef("--secrets %s: %v", arg, err)
		}
		for _, name := range names {
			name, err := secretName(name)
			if err != nil {
				return nil, err
			}
			if _, twice := chosen[name]; twice {
				return nil, usagef("--secrets names %s twice", name)
			}
			chosen[name] = one
		}
	}
	return chosen, nil
}

func parseChosenArg(arg string) (names []string, one chosenSecret, err error) {
	name, value, keyed := strings.Cut(arg, "=")
	if !keyed {
		return strings.Split(arg, ","), one, nil
	}
	key, scope, scoped := strings.Cut(value, ",")
	if one.key, err = transit.ParseKey(key); err == nil && scoped {
		one.scope, err = sealed.ParseScope(scope)
	}
	return []string{name}, one, err
}

// addPlain reads names with commas. None is fine: a script may pass an empty variable.
func addPlain(chosen map[string]chosenSecret, args []string) error {
	for _, arg := range args {
		for name := range strings.SplitSeq(arg, ",") {
			if name == "" {
				continue
			}
			name, err := secretName(name)
			if err != nil {
				return err
			}
			if other, twice := chosen[name]; twice && !other.plain {
				return usagef("--secrets and --plain-secrets name %s", name)
			}
			chosen[name] = chosenSecret{plain: true}
		}
	}
	return nil
}

// in is what is known about the Secret if the user says what it is.
func (c chosenSecret) in(found workload.Secret) workload.Secret {
	switch {
	case !c.plain:
	case found.State == workload.Plain, found.State == workload.Mixed:
		return found
	default:
		return workload.Secret{State: workload.Plain}
	}
	if found.State != workload.Sealed {
		found.Key, found.Scope = transit.Key{}, sealed.Strict
	}
	found.State = workload.Sealed
	if !c.key.IsZero() {
		found.Key, found.KeyChosen = c.key, true
	}
	if c.scope != sealed.Unbound {
		found.Scope, found.ScopeChosen = c.scope, true
	}
	return found
}

// parseCommands reads CONTAINER=COMMAND and CONTAINER=["COMMAND","ARGUMENT"].
func parseCommands(args []string) (map[string][]string, error) {
	commands := map[string][]string{}
	for _, arg := range args {
		container, text, found := strings.Cut(arg, "=")
		words := []string{text}
		if strings.HasPrefix(text, "[") {
			words = nil
			if json.Unmarshal([]byte(text), &words) != nil {
				return nil, usagef("--command %s: want a JSON list of words after the equals sign", container)
			}
		}
		switch _, twice := commands[container]; {
		case !found, len(validation.IsDNS1123Label(container)) > 0, len(words) == 0, slices.Contains(words, ""):
			return nil, usagef("--command %q: want CONTAINER=COMMAND, or CONTAINER=[\"COMMAND\",\"ARGUMENT\"]", arg)
		case twice:
			return nil, usagef("--command names container %s twice", container)
		}
		commands[container] = words
	}
	return commands, nil
}

var imageDigest = lazyregexp.New(`@sha256:[0-9a-f]{64}$`)

func byDigest(image string) bool { return imageDigest().MatchString(image) }

var releasedVersion = lazyregexp.New(`^v[0-9]+\.[0-9]+\.[0-9]+$`)

// image is that of a release; empty: the build is not a release.
func (b Build) image() string {
	if !releasedVersion().MatchString(b.Version) || b.modified {
		return ""
	}
	return "ghcr.io/vaultseal/vaultseal:" + b.Version
}
