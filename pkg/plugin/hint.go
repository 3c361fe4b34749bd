package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// hint says what to do about an error, a line for each thing; empty where
// there is nothing to say. Errors that know the answer say it themselves.
func hint(err error) string {
	var other *engine.OtherKeyError
	if errors.As(err, &other) {
		return otherKeyHint(other) // Vault's own would ask for a policy
	}
	if own := typeHint(err); own != "" {
		return own
	}
	var exists *engine.ExistsError
	var account *kube.AccountError
	var mismatch *engine.KeyMismatchError
	var underived *engine.NotDerivedError
	var scope *engine.ScopeError
	var noEntry *engine.EntryNotFoundError
	var member *document.MemberError
	var annotation *sealed.AnnotationError
	var touched *engine.TouchedError
	var credential *kube.CredentialError
	var beside *sealed.PlaintextInMetadataError
	var unconfigured *engine.UnconfiguredKeyError
	switch {
	case errors.As(err, &unconfigured):
		return unconfiguredHint(unconfigured)
	case errors.As(err, &credential):
		return credentialHint(credential)
	case refusalHint(err) != "":
		return refusalHint(err)
	case errors.As(err, &beside):
		return besideHint(beside)
	case errors.As(err, &touched):
		return touchedHint(touched)
	case errors.As(err, &annotation):
		return "correct it with kubectl annotate secret NAME --overwrite " + annotation.Annotation + "=VALUE"
	case errors.As(err, &exists):
		return existsHint(exists)
	case errors.As(err, &account) && accountHint(account) != "":
		return accountHint(account)
	case errors.As(err, &mismatch):
		return mismatchHint(mismatch)
	case errors.As(err, &noEntry):
		return "its entries: " + strings.Join(noEntry.Entries, ", ")
	case errors.As(err, &member):
		return "-o json and -o yaml show nested values"
	case errors.As(err, &scope) && !scope.NotDerived.IsZero():
		return "check that the values are the right ones, then move them to a derived key: kubectl vaultseal reseal " +
			"NAME --transit-key MOUNT/NAME"
	case errors.As(err, &underived):
		return "leave --scope out to seal unbound, or use a key made with derived=true"
	}
	return kindHint(err)
}

// typeHint is the hint of the first error of the chain whose type or identity has one. An error that wraps two, such as
// a lost answer and why it could not be found out, may have the hint in the second.
func typeHint(err error) string {
	if own := oneHint(err); own != "" {
		return own
	}
	switch wrapping := err.(type) { //nolint:errorlint // each error is looked at
	case interface{ Unwrap() error }:
		return typeHint(wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		for _, wrapped := range wrapping.Unwrap() {
			if own := typeHint(wrapped); own != "" {
				return own
			}
		}
	}
	return ""
}

// oneHint is about one error of a chain.
func oneHint(err error) string {
	if own, ok := err.(interface{ Hint() string }); ok {
		return own.Hint()
	}
	return cmp.Or(vaultHint(err), kubernetesHint(err), configHint(err), manifestHint(err), keyHint(err), setupHint(err),
		doctorHint(err), documentHint(err))
}

// kindHint leaves Vault's errors to transit, which knows more of them.
func kindHint(err error) string {
	switch {
	case errors.Is(err, engine.ErrNoTransitKey):
		return "specify it with --transit-key, VAULTSEAL_TRANSIT_KEY or the key transit-key of the ConfigMap vaultseal"
	case errors.Is(err, kube.ErrConflict):
		return "another client wrote the Secret at the same time: run the command again"
	case errors.Is(err, engine.ErrLastEntry):
		return "to remove it too, delete the Secret with kubectl delete secret NAME, or its manifest"
	case errors.Is(err, engine.ErrNotSealed):
		return "seal it with kubectl vaultseal create NAME -f FILE --adopt --overwrite"
	case errors.Is(err, kube.ErrNotFound) && missingKind(err) == "namespaces":
		return "check -n, or create the namespace with kubectl create namespace NAME"
	case errors.Is(err, kube.ErrNotFound):
		return "list the sealed Secrets with kubectl get secrets -l vaultseal.dev/sealed -n NAMESPACE"
	case apierrors.IsUnauthorized(err):
		return "the API server does not accept the credential of the kubeconfig, the flags or the pod: log in again; " +
			"kubectl auth whoami shows who you are"
	case apierrors.IsForbidden(err):
		return "ask an administrator for the verb and the resource in the message; " +
			"kubectl auth can-i --list shows your rights"
	case clientcmd.IsContextNotFound(err), clientcmd.IsConfigurationInvalid(err):
		return "list the contexts with kubectl config get-contexts"
	case clientcmd.IsEmptyConfig(err):
		return "no kubeconfig was found: set KUBECONFIG or --kubeconfig"
	case errors.Is(err, kube.ErrUnreachable):
		return unreachableHint(err)
	case errors.Is(err, kube.ErrUnavailable):
		return unavailableHint(err)
	}
	return ""
}

// touchedHint lets the user look before the command runs again, and replaces what the other client has written.
func touchedHint(e *engine.TouchedError) string {
	if e.Entry == "" {
		return fmt.Sprintf("another client changed it at the same time: look at it with kubectl get secret %s -n %s "+
			"-o yaml, then run the command again if it still applies", e.Name, e.Namespace)
	}
	return fmt.Sprintf("another client changed this entry at the same time: look at it with kubectl vaultseal view "+
		"%s %s -n %s, then run the command again to replace it", e.Name, shell.Quote(e.Entry), e.Namespace)
}

// besideHint names no command with the name of the label or annotation in it: others write it.
func besideHint(e *sealed.PlaintextInMetadataError) string {
	return fmt.Sprintf("remove the %s from the manifest, or from the Secret with kubectl %s secret NAME %s-; or "+
		"change the value: anyone who can read the Secret's metadata can read it",
		e.Field, strings.NewReplacer("annotation", "annotate").Replace(e.Field), strings.ToUpper(e.Field))
}

func existsHint(e *engine.ExistsError) string {
	if e.NeedsAdopt() {
		return "add --adopt and either --overwrite (replaces all entries) or --merge (also seals its other entries) " +
			"to take it over"
	}
	return "add --overwrite to replace all its entries, or --merge to replace those given"
}

func accountHint(e *kube.AccountError) string {
	namespace, name := e.Account.Namespace, e.Account.Name
	switch {
	case errors.Is(e, transit.ErrDenied):
		return fmt.Sprintf("you need the verb create on serviceaccounts/token %s in namespace %s; check with kubectl "+
			"auth can-i create serviceaccounts/%s --subresource=token -n %s", name, namespace, name, namespace)
	case missingKind(e) == "namespaces":
		return fmt.Sprintf("check -n, or create the namespace with kubectl create namespace %s", namespace)
	case errors.Is(e, kube.ErrAccountNotFound):
		return fmt.Sprintf("create it with kubectl create serviceaccount %s -n %s, or name another with "+
			"--service-account", name, namespace)
	}
	return ""
}

// missingKind is the resource that the API server says does not exist.
func missingKind(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil {
		return status.Status().Details.Kind
	}
	return ""
}
