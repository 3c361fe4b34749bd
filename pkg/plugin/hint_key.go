package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// otherKeyHint never asks for a policy: with one, a namespace could use the key of another.
func otherKeyHint(e *engine.OtherKeyError) string {
	again := fmt.Sprintf("seal its values again with %s: %s", e.Configured,
		sealAgain(e.Namespace, e.Name, e.Configured))
	lines := []string{again}
	if e.Of != "" {
		lines = append(lines, fmt.Sprintf("or apply the manifest to the namespace that it was sealed for: %s", e.Of))
	}
	if e.Of == "" && e.Err == nil {
		lines = append(lines, fmt.Sprintf("or add --transit-key %s to seal with the key that its annotation names",
			e.Annotated))
	}
	if !e.Bound {
		lines = append(lines, fmt.Sprintf("or move it, with a Vault role that may use both keys: kubectl vaultseal "+
			"reseal %s -n %s --transit-key %s", e.Name, e.Namespace, e.Configured))
	}
	return strings.Join(lines, "\n")
}

// moveToConfigured is the command that seals a Secret's values again with the configured key, where the role may use
// both.
func moveToConfigured(e *engine.OtherKeyError) string {
	return fmt.Sprintf("move it to %s: kubectl vaultseal reseal %s -n %s --transit-key %s", e.Configured, e.Name,
		e.Namespace, e.Configured)
}

// unconfiguredHint names the annotated key as one that may be meant, and leaves that to the user.
func unconfiguredHint(e *engine.UnconfiguredKeyError) string {
	return fmt.Sprintf("specify the key to seal with: --transit-key MOUNT/NAME, VAULTSEAL_TRANSIT_KEY or the key "+
		"transit-key of the ConfigMap vaultseal\nif %s is the key of namespace %s, add --transit-key %s", e.Annotated,
		e.Namespace, e.Annotated)
}

// mismatchHint is about a key that --transit-key names.
func mismatchHint(e *engine.KeyMismatchError) string {
	return fmt.Sprintf("leave --transit-key out to use %s\nto seal its values again with %s: %s", e.Annotated, e.Wanted,
		sealAgain(e.Namespace, e.Name, e.Wanted))
}

func sealAgain(namespace, name string, key transit.Key) string {
	return fmt.Sprintf("kubectl vaultseal create %s -n %s -f FILE --overwrite --transit-key %s", name, namespace, key)
}
