package setup

import (
	"context"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"sigs.k8s.io/yaml"
)

// Action is what a thing needs.
type Action string

// The actions, in kubectl's words.
const (
	Unchanged Action = ""
	Create    Action = "created"
	Configure Action = "configured"
	Delete    Action = "deleted"
	Disable   Action = "disabled"

	// absent is what is not there and is not to be there either: it is not in a Plan.
	absent Action = "absent"
)

// Change is what is to be done about one thing.
type Change struct {
	Action Action
	// Diff is a unified diff from what is to what is to be, empty where nothing changes. No
	// credential is in it.
	Diff string
	// Note is what the user should know of it besides.
	Note string
}

// step is one thing that setup makes, in Vault or in the cluster.
type step interface {
	// name is its kind and its name.
	name() string
	// inspect compares what is with what is to be. Its error says why it cannot be made so.
	inspect(ctx context.Context) (Change, error)
	// apply makes it so.
	apply(ctx context.Context) error
}

// diffYAML returns a unified diff of two objects as YAML, without the lines that name two files; nil is an object that
// does not exist.
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
