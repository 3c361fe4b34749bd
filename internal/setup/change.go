package setup

import (
	"context"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
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

// diffYAML shows the difference between two objects; nil is one that is not there.
func diffYAML(from, to map[string]any) string { return diffText(asYAML(from), asYAML(to)) }

func asYAML(object map[string]any) string {
	if object == nil {
		return ""
	}
	text, err := yaml.Marshal(object)
	if err != nil {
		return err.Error() + "\n"
	}
	return string(text)
}

func diffText(from, to string) string {
	if from == to {
		return ""
	}
	diff, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: lines(from), B: lines(to), Context: 3})
	if err != nil {
		return err.Error() + "\n"
	}
	return diff
}

// lines end with a line break each, the last one too.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return slices.Collect(strings.Lines(strings.TrimSuffix(text, "\n") + "\n"))
}
