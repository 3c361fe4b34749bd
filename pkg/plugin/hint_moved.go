package plugin

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// movedHint is about a Secret whose entries are bound to another place than its own. Someone may have put ciphertext of
// another Secret there, so each step begins with what the user must know.
func movedHint(e *engine.MovedError) string { return movedHintIn("", e) }

// movedHintIn is movedHint for a Secret in a file of manifests; an empty file: in the cluster.
func movedHintIn(file string, e *engine.MovedError) string {
	var lines []string
	if e.From != (sealed.Place{}) {
		lines = append(lines, fmt.Sprintf("check who changed this Secret: anyone who may edit it can have copied the "+
			"ciphertext of secret %s/%s into it, to get its value", e.From.Namespace, e.From.Name),
			fmt.Sprintf("if it belongs here, seal it for this place: kubectl vaultseal reseal %s%s -n %s%s",
				fileWords(file), e.Name, e.Namespace, fromWords(e)))
	} else {
		lines = append(lines, "it was sealed with another transit key or for another place, or it was altered: seal "+
			"it again where it is, or restore it")
	}
	if movedNamespace(e) {
		return strings.Join(append(lines, otherNamespaceLine(e)), "\n")
	}
	return strings.Join(append(lines, "if Kustomize or Helm changes its name, seal its manifest for any name in its "+
		"namespace: kubectl vaultseal reseal -f FILE NAME --scope namespace-wide"), "\n")
}

func fileWords(file string) string {
	if file == "" {
		return ""
	}
	return "-f " + shell.Quote(file) + " "
}

// movedNamespace reports whether the namespace is what has changed, as far as that is known.
func movedNamespace(e *engine.MovedError) bool {
	other := e.From.Namespace != "" && e.From.Namespace != e.Namespace
	return e.Scope == sealed.NamespaceWide || other || e.Evidence.By == "Kustomize (namespace)"
}

func otherNamespaceLine(e *engine.MovedError) string {
	return fmt.Sprintf("if Kustomize or Helm sets its namespace, seal its manifest for that namespace: kubectl "+
		"vaultseal reseal -f FILE NAME --to-namespace %s", e.Namespace)
}

// fromWords are the flags that name the place that the entries were sealed for.
func fromWords(e *engine.MovedError) string {
	var words string
	if e.From.Name != e.Name {
		words += " --from-name " + e.From.Name
	}
	if e.From.Namespace != e.Namespace {
		words += " --from-namespace " + e.From.Namespace
	}
	return words
}

func targetExistsHint(e *engine.TargetExistsError) string {
	return fmt.Sprintf("specify another place with --to-name or --to-namespace; or, if nothing needs it, delete it "+
		"with kubectl delete secret %s -n %s and run the command again", e.Name, e.Namespace)
}

func targetDeletingHint(e *engine.TargetDeletingError) string {
	return fmt.Sprintf("run the command again after kubectl get secret %s -n %s no longer finds it, or specify "+
		"another place with --to-name or --to-namespace", e.Name, e.Namespace)
}

// notDeletedHint lets the user verify the new Secret first: it may have changed since, and the old one is then the only
// one that opens.
func notDeletedHint(e *engine.NotDeletedError) string {
	return fmt.Sprintf("run the command again to finish it\nor delete the old Secret if the new one opens: kubectl "+
		"vaultseal verify %s -n %s && kubectl delete secret %s -n %s", e.To.Name, e.To.Namespace, e.Name, e.Namespace)
}
