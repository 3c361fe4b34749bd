package plugin

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// placeFlags are --WORD-name and --WORD-namespace.
type placeFlags struct{ name, namespace string }

// add adds both. The usage has %s for what each takes.
func (f *placeFlags) add(cmd *cobra.Command, word, usage string) {
	cmd.Flags().StringVar(&f.name, word+"-name", "", fmt.Sprintf(usage, "NAME"))
	cmd.Flags().StringVar(&f.namespace, word+"-namespace", "", fmt.Sprintf(usage, "NAMESPACE"))
}

func (f *placeFlags) given() bool { return f.name != "" || f.namespace != "" }

// check reads them. What is not given is empty.
func (f *placeFlags) check(word string) (place sealed.Place, err error) {
	if f.name != "" {
		if place.Name, err = secretName(f.name); err != nil {
			return place, err
		}
	}
	if problems := validation.IsDNS1123Label(f.namespace); f.namespace != "" && len(problems) > 0 {
		return place, usagef("--%s-namespace %q: %s", word, f.namespace, problems[0])
	}
	place.Namespace = f.namespace
	return place, nil
}
