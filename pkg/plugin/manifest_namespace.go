package plugin

import (
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
)

// workingNamespace is the namespace of -n or of the kubeconfig. Commands that open or seal what is in a file work in
// no other: the author of the file must not choose the account and the transit key that are used.
func (g *globals) workingNamespace() (string, error) {
	_, namespace, err := g.cluster()
	return namespace, err
}

// inNamespace leaves the Secrets that the command may work on: those of the namespace, and those that do not say one.
// It is an error if no Secret is left.
func inNamespace(found []engine.Stored, namespace string) ([]engine.Stored, error) {
	own := slices.DeleteFunc(slices.Clone(found), func(m engine.Stored) bool {
		return m.Secret.Namespace != "" && m.Secret.Namespace != namespace
	})
	if len(own) == 0 && len(found) > 0 {
		return nil, newUsageError(otherNamespace(found[0], namespace), namespaceHint(found))
	}
	return own, nil
}

func otherNamespace(m engine.Stored, working string) error {
	return &manifest.OtherNamespaceError{File: m.File, Name: m.Secret.Name, Namespace: m.Secret.Namespace,
		Working: working}
}

// checkNamespaces refuses manifests to seal of which one is of another namespace than the working one.
func (g *globals) checkNamespaces(manifests []engine.Stored) error {
	working, err := g.workingNamespace()
	if err != nil {
		return err
	}
	said := map[string]bool{}
	for _, m := range manifests {
		namespace := m.Secret.Namespace
		if namespace == "" {
			namespace = working
		}
		said[namespace] = true
	}
	for _, m := range manifests {
		switch namespace := m.Secret.Namespace; {
		case namespace == "", namespace == working:
		case len(said) > 1:
			return newUsageError(otherNamespace(m, working), manyNamespacesHint())
		default:
			return newUsageError(otherNamespace(m, working), namespaceHint([]engine.Stored{m}))
		}
	}
	return nil
}
