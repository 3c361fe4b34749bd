package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
)

// manifestHint is about one error of internal/manifest, without those that it wraps.
func manifestHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *manifest.Error:
		if e.Reason == manifest.ReasonTemplate || e.Reason == manifest.ReasonDocumentTemplate {
			return "render a template first, and work on the result: helm template, kustomize build"
		}
	case *manifest.OtherNamespaceError:
		return "to work in namespace " + shell.Quote(e.Namespace) + ", add -n " + shell.Quote(e.Namespace)
	case *manifest.NamespaceError:
		return "add metadata.namespace to the manifest, or add -n"
	}
	switch err {
	case manifest.ErrSplice: //nolint:errorlint // as above
		return "create the manifest again with kubectl vaultseal create"
	case manifest.ErrTooMuch, manifest.ErrTooMany:
		return "specify fewer files"
	}
	return ""
}

// hintIn is the hint about a Secret in a file, empty for the cluster. A file may have Secrets for another cluster.
func hintIn(file string, err error) string {
	var account *kube.AccountError
	if file != "" && errors.As(err, &account) && errors.Is(err, kube.ErrAccountNotFound) {
		return fmt.Sprintf("namespace %s is not set up in this cluster: use --context for the cluster that the "+
			"manifest is for, or kubectl vaultseal setup namespace %s",
			account.Account.Namespace, account.Account.Namespace)
	}
	return hint(err)
}

// namespaceHint says how to work on manifests of other namespaces than the working one.
func namespaceHint(others []engine.Stored) string {
	var namespaces []string
	for _, m := range others {
		namespaces = append(namespaces, m.Secret.Namespace)
	}
	slices.Sort(namespaces)
	if namespaces = slices.Compact(namespaces); len(namespaces) == 1 {
		return fmt.Sprintf("to work in namespace %s, add -n %s", namespaces[0], namespaces[0])
	}
	return "a command works in one namespace: add -n with one of " + firstOf(namespaces)
}

func manyNamespacesHint() string {
	return "a command works in one namespace: put the manifests of each into a file, and seal it with -n"
}

func noSecretInManifestsHint() string {
	return "specify the files or the directory (-R for everything below it) with the manifests that kubectl " +
		"vaultseal create has printed"
}

func plaintextManifestHint() string {
	return "seal a manifest: kubectl vaultseal seal -f FILE -i"
}

// unreadManifestHint is about files of which one may have the Secret that is meant.
func unreadManifestHint(places []string) string {
	return "specify the NAME of the Secret to work on, of " + firstOf(places)
}

func otherSecretsHint(places []string) string {
	return "specify one of its Secrets: " + firstOf(places)
}

// neitherNameNorEntryHint is about a word that is neither. The entries are those of the only Secret.
func neitherNameNorEntryHint(places, entries []string) string {
	if len(places) == 1 {
		return otherSecretsHint(places) + " with the entries " + strings.Join(entries, ", ")
	}
	return otherSecretsHint(places) + "; to name an entry, specify NAME ENTRY"
}

func fileConflictHint() string {
	return "another program changed the file, or is writing it: look at it, then run the command again"
}
