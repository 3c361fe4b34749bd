package plugin

import (
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// selectionFlags are [NAME…], -A and -l, of the commands that work on many Secrets.
type selectionFlags struct {
	allNamespaces bool
	selector      string
	discover      bool
}

func addSelectionFlags(flags *pflag.FlagSet) *selectionFlags {
	s := &selectionFlags{}
	flags.BoolVarP(&s.allNamespaces, "all-namespaces", "A", false, "the sealed Secrets of all namespaces")
	flags.StringVarP(&s.selector, "selector", "l", "", "only Secrets with these labels, as in kubectl get -l")
	flags.BoolVar(&s.discover, "discover", false, "take in Secrets that are not labelled as sealed too, where a value is a ciphertext (vault:vN:)")
	return s
}

// check reads the command line. The namespace is the connection's to fill in.
func (s *selectionFlags) check(args []string) (vaultseal.Selection, error) {
	names, err := secretNames(args)
	if err != nil {
		return vaultseal.Selection{}, err
	}
	if len(names) > 0 && (s.allNamespaces || s.selector != "") {
		return vaultseal.Selection{}, usagef("names exclude -A and -l")
	}
	if len(names) > 0 && s.discover {
		return vaultseal.Selection{}, usagef("names exclude --discover: what is named is taken in, labelled or not")
	}
	if _, err := labels.Parse(s.selector); err != nil {
		return vaultseal.Selection{}, usagef("-l: %w", err)
	}
	return vaultseal.Selection{Names: names, Selector: s.selector, Discover: s.discover}, nil
}

// in is the selection as seen from a namespace.
func (s *selectionFlags) in(namespace string, selection vaultseal.Selection) vaultseal.Selection {
	if !s.allNamespaces {
		selection.Namespace = namespace
	}
	return selection
}

// where says what was looked at, for a message that nothing was found.
func where(selection vaultseal.Selection) string {
	place := "in namespace " + selection.Namespace
	if selection.Namespace == "" {
		place = "in any namespace"
	}
	if selection.Selector != "" {
		place += " with labels " + selection.Selector
	}
	return place
}
