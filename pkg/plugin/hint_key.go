package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// otherKeyHint never asks for a policy: with one, a namespace could use the key of another.
func otherKeyHint(e *vaultseal.OtherKeyError) string {
	again := fmt.Sprintf("seal its values again with %s: %s", e.Configured, sealAgain(e.Namespace, e.Name, e.Configured))
	lines := []string{again}
	if e.Of != "" {
		lines = append(lines, fmt.Sprintf("or apply the manifest to the namespace that it was sealed for: %s", e.Of))
	}
	if e.Of == "" && e.Err == nil {
		lines = append(lines, fmt.Sprintf("or add --transit-key %s to seal with the key that its annotation names", e.Annotated))
	}
	if !e.Bound {
		lines = append(lines, fmt.Sprintf("or move it, with a Vault role that may use both keys: kubectl vaultseal reseal %s -n %s --transit-key %s", e.Name, e.Namespace, e.Configured))
	}
	return strings.Join(lines, "\n")
}

// mismatchHint is about a key that --transit-key names.
func mismatchHint(e *vaultseal.KeyMismatchError) string {
	return fmt.Sprintf("leave --transit-key out to use %s\nto seal its values again with %s: %s", e.Annotated, e.Wanted, sealAgain(e.Namespace, e.Name, e.Wanted))
}

func sealAgain(namespace, name string, key transit.Key) string {
	return fmt.Sprintf("kubectl vaultseal create %s -n %s -f FILE --overwrite --transit-key %s", name, namespace, key)
}
