package plugin

import (
	"cmp"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// hint says what to do about an error, a line for each thing; empty: nothing is known. The first error of the chain
// with a hint decides.
func hint(err error) string {
	return cmp.Or(typeHint(err), refusalHint(err), kindHint(err))
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
	return cmp.Or(engineHint(err), vaultHint(err), kubernetesHint(err), configHint(err), manifestHint(err),
		patchHint(err), setupHint(err), doctorHint(err), documentHint(err), sealedHint(err), filesHint(err),
		workloadHint(err), fromSecretHint(err), gitHint(err))
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

// missingKind is the resource that the API server says does not exist.
func missingKind(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Details != nil {
		return status.Status().Details.Kind
	}
	return ""
}
