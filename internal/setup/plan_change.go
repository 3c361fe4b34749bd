package setup

import (
	"context"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"sigs.k8s.io/yaml"
)

// Action is what a Change does.
type Action string

// The actions, in kubectl's words.
const (
	Unchanged Action = ""
	Create    Action = "created"
	Configure Action = "configured"
	Delete    Action = "deleted"
	Disable   Action = "disabled"

	// absent is a thing that does not exist and is not wanted: it is not in a Plan.
	absent Action = "absent"
)

// Change is what one step would do.
type Change struct {
	Action Action
	// Diff is a unified diff from the current to the wanted state, empty if they are equal. It contains no credential.
	Diff string
	// Note is additional information for the user.
	Note string
}

// step creates, changes or removes one thing, in Vault or in the cluster.
type step interface {
	// name returns the kind and the name of the thing.
	name() string
	// inspect compares the current with the wanted state. Its error says why the change is impossible.
	inspect(ctx context.Context) (Change, error)
	// apply makes the change.
	apply(ctx context.Context) error
}

// diffYAML returns a unified diff of two objects as YAML, without file names. nil is an object that does not exist.
func diffYAML(from, to map[string]any) string {
	text := string(diff.Diff("", asYAML(from), "", asYAML(to)))
	if first := strings.Index(text, "\n@@ "); first >= 0 {
		return text[first+1:]
	}
	return text
}

func asYAML(object map[string]any) []byte {
	if object == nil {
		return nil
	}
	text, err := yaml.Marshal(object)
	if err != nil {
		return []byte(err.Error() + "\n")
	}
	return text
}
