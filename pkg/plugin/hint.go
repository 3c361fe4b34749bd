package plugin

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// hint says what to do about an error, a line for each thing; empty where
// there is nothing to say. Errors that know the answer say it themselves.
func hint(err error) string {
	var own interface{ Hint() string }
	if errors.As(err, &own) && own.Hint() != "" {
		return own.Hint()
	}
	var exists *vaultseal.ExistsError
	var account *vaultseal.AccountError
	var mismatch *vaultseal.KeyMismatchError
	var underived *vaultseal.NotDerivedError
	switch {
	case errors.As(err, &exists):
		return existsHint(exists)
	case errors.As(err, &account):
		return accountHint(account)
	case errors.As(err, &mismatch):
		return fmt.Sprintf("leave --transit-key out to use %s", mismatch.Annotated)
	case errors.As(err, &underived):
		return "leave --scope out to seal unbound, or use a key made with derived=true"
	}
	return kindHint(err)
}

func kindHint(err error) string {
	switch {
	case errors.Is(err, vaultseal.ErrNoTransitKey):
		return "name it with --transit-key"
	case errors.Is(err, vaultseal.ErrKeyNotFound):
		return "check --transit-key, or ask Vault's administrator for the key (vault write -f MOUNT/keys/NAME derived=true)"
	case errors.Is(err, vaultseal.ErrVersionRetired):
		return "the key's min_decryption_version excludes it: Vault's administrator can lower it again"
	case errors.Is(err, vaultseal.ErrTampered), errors.Is(err, transit.ErrContextRequired):
		return "a bound entry opens only under the namespace, Secret and entry it was sealed for: seal it again with kubectl vaultseal create --overwrite"
	case errors.Is(err, vaultseal.ErrConflict):
		return "somebody else wrote the Secret at the same time: run it again"
	case errors.Is(err, vaultseal.ErrNotSealed):
		return "seal it with kubectl vaultseal create NAME -f FILE --adopt --overwrite"
	case errors.Is(err, vaultseal.ErrNotFound):
		return "see which there are with kubectl get secrets -l vaultseal.dev/sealed"
	case apierrors.IsForbidden(err):
		return "ask for the verb and the resource that the message names; kubectl auth can-i --list shows what you may do"
	case errors.Is(err, vaultseal.ErrKubernetesUnreachable):
		return "check the kubeconfig's context with kubectl cluster-info"
	case errors.Is(err, vaultseal.ErrUnauthenticated):
		return "check --vault-role, --vault-auth-mount, --audience and --service-account against the role in Vault"
	case errors.Is(err, vaultseal.ErrVaultUnreachable):
		return "check --vault-addr (VAULT_ADDR)"
	}
	return ""
}

func existsHint(e *vaultseal.ExistsError) string {
	if e.NeedsAdopt() {
		return "add --adopt and one of --overwrite (only what is given stays) and --merge (its other entries are sealed too) to take it over"
	}
	return "add --overwrite to replace all its entries, or --merge to replace those given"
}

func accountHint(e *vaultseal.AccountError) string {
	namespace, name := e.Account.Namespace, e.Account.Name
	switch {
	case errors.Is(e, vaultseal.ErrDenied):
		return fmt.Sprintf("you need the verb create on serviceaccounts/token %s in namespace %s; kubectl auth can-i create serviceaccounts/%s --subresource=token -n %s", name, namespace, name, namespace)
	case errors.Is(e, vaultseal.ErrNotFound):
		return fmt.Sprintf("create it with kubectl create serviceaccount %s -n %s, or name another with --service-account", name, namespace)
	}
	return ""
}
