package plugin

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// selectionFlags are [NAME…], -A, --namespaces and -l, of the commands that work on many Secrets.
type selectionFlags struct {
	allNamespaces bool
	namespaces    []string
	selector      string
	discover      bool
	manifests     manifestFlags // of commands that can work on files too
	namespace     *string       // -n; empty: it was not given
}

func addSelectionFlags(g *globals, cmd *cobra.Command) *selectionFlags {
	s, flags := &selectionFlags{namespace: g.kube.Namespace}, cmd.Flags()
	flags.BoolVarP(&s.allNamespaces, "all-namespaces", "A", false, "Work on the sealed Secrets of all namespaces")
	flags.StringSliceVar(&s.namespaces, "namespaces", nil, "Work on the sealed Secrets of these `NAMESPACES`")
	flags.StringVarP(&s.selector, "selector", "l", "",
		"Work only on Secrets whose labels match this `SELECTOR`, as in kubectl get -l")
	flags.BoolVar(&s.discover, "discover", false,
		"Include Secrets that are not labelled as sealed if one of their values is a ciphertext (vault:vN:)")
	cmd.ValidArgsFunction = g.complete(sealedWords)
	completeFlag(cmd, "namespaces", g.complete(namespaceWords))
	return s
}

// check reads the command line. The namespace is the connection's to fill in.
func (s *selectionFlags) check(args []string) (engine.Selection, error) {
	names, err := secretNames(args)
	if err != nil {
		return engine.Selection{}, err
	}
	switch {
	case s.manifests.recursive && !s.manifests.given():
		return engine.Selection{}, usagef("-R requires -f")
	case s.manifests.given() && (len(names) > 0 || s.many() || s.selector != "" || s.discover):
		return engine.Selection{}, usagef("-f works on all sealed Secrets of the files: it excludes names, -A, " +
			"--namespaces, -l and --discover")
	}
	if len(names) > 0 && (s.many() || s.selector != "") {
		return engine.Selection{}, usagef("names exclude -A, --namespaces and -l")
	}
	if s.allNamespaces && len(s.namespaces) > 0 {
		return engine.Selection{}, usagef("-A and --namespaces exclude each other")
	}
	if s.namespaces, err = namespaceList(s.namespaces); err != nil {
		return engine.Selection{}, err
	}
	if len(names) > 0 && s.discover {
		return engine.Selection{}, usagef("names exclude --discover: Secrets that you name do not need the label")
	}
	if _, err := labels.Parse(s.selector); err != nil {
		return engine.Selection{}, usagef("-l: %w", err)
	}
	return engine.Selection{Names: names, Selector: s.selector, Discover: s.discover}, nil
}

// words repeat what was selected, so that a hint can be run as it stands.
func (s *selectionFlags) words(selection engine.Selection) string {
	if s.manifests.given() {
		words := s.manifests.words()
		if s.namespace != nil && *s.namespace != "" { // without it others would be in view too
			words += " -n " + shell.Quote(*s.namespace)
		}
		return words
	}
	return wordsOf(selection)
}

// many reports whether more than the current namespace may be in view.
func (s *selectionFlags) many() bool { return s.allNamespaces || len(s.namespaces) > 0 }

// in is the selection as seen from a namespace.
func (s *selectionFlags) in(namespace string, selection engine.Selection) engine.Selection {
	switch {
	case len(s.namespaces) > 0:
		selection.Namespaces = s.namespaces
	case !s.allNamespaces:
		selection.Namespaces = []string{namespace}
	}
	return selection
}

// namespaceList is what --namespaces says, sorted, each once.
func namespaceList(namespaces []string) ([]string, error) {
	for _, namespace := range namespaces {
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			return nil, usagef("--namespaces %q: %s", namespace, problems[0])
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(namespaces))), nil
}

// where says what was looked at, for a message that nothing was found.
func (s *selectionFlags) where(selection engine.Selection) string {
	if s.manifests.given() {
		return "in " + strings.Join(s.manifests.paths, ", ")
	}
	place := "in any namespace"
	switch len(selection.Namespaces) {
	case 0:
	case 1:
		place = "in namespace " + selection.Namespaces[0]
	default:
		place = "in the namespaces " + strings.Join(selection.Namespaces, ", ")
	}
	if selection.Selector != "" {
		place += " with labels " + selection.Selector
	}
	return place
}

// wordsOf are the flags of a selection.
func wordsOf(selection engine.Selection) string {
	var words strings.Builder
	for _, name := range selection.Names {
		words.WriteString(" " + name)
	}
	switch len(selection.Namespaces) {
	case 0:
		words.WriteString(" -A")
	case 1:
		words.WriteString(" -n " + selection.Namespaces[0])
	default:
		words.WriteString(" --namespaces " + strings.Join(selection.Namespaces, ","))
	}
	if selection.Discover {
		words.WriteString(" --discover")
	}
	if selection.Selector != "" {
		words.WriteString(" -l '" + selection.Selector + "'")
	}
	return words.String()
}
