package plugin

import (
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// manifestHint is about one error of internal/manifest, without those that it wraps.
func manifestHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *manifest.Error:
		if e.Reason == manifest.ReasonTemplate {
			return "render a template first, and work on the result: helm template, kustomize build"
		}
	case *manifest.OtherNamespaceError:
		return "to work in namespace " + shell.Quote(e.Namespace) + ", add -n " + shell.Quote(e.Namespace)
	case *manifest.NamespaceError:
		return "add metadata.namespace to the manifest, or add -n"
	}
	if err == manifest.ErrSplice { //nolint:errorlint // as above
		return "create the manifest again with kubectl vaultseal create"
	}
	return ""
}
