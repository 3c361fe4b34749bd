package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// setupHint is about one error of internal/setup, without those that it wraps.
func setupHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *setup.LoginError:
		return setupLoginHint(e)
	case *setup.DisableError:
		return disableHint(e)
	case *setup.IncompleteError:
		var disabling *setup.DisableError
		if errors.As(e.Err, &disabling) {
			return disableHint(disabling)
		}
		var keys *setup.KeySourceError
		if errors.As(e.Err, &keys) {
			return keySourceHint(keys)
		}
		return "what was done stays; fix the cause and run setup again, which does only what is missing"
	case *setup.KeySourceError:
		return keySourceHint(e)
	case *setup.KeyCAError:
		return "specify the server's URL with --oidc-discovery-url or --jwks-url, or leave --jwks-ca-cert out"
	case *setup.ForeignFieldsError:
		return "remove the fields from the other manager's manifest, or add --force-conflicts to take them over"
	}
	if err == setup.ErrNotDerived || err == setup.ErrConvergent { //nolint:errorlint // as above
		return "specify another transit key with --transit-key"
	}
	return conflictHint(err)
}

// conflictHint is about something that belongs to another installation, or that this installation has with other
// properties.
func conflictHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *setup.OthersMountError:
		return "specify the auth mount of this installation with --vault-auth-mount"
	case *setup.OtherClusterError:
		return "if it is this cluster at another address, specify the address that Vault knows with " +
			"--kubernetes-host; if the other cluster exists, give this one an auth mount of its own with " +
			"--vault-auth-mount, and to share its keys add --transit-key 'ENGINE/{namespace}' --reuse-keys; " +
			"if the other cluster is lost, add --replace-roles --reuse-keys"
	case *setup.UsedKeysError:
		if strings.Contains(e.Used, "{namespace}") {
			return fmt.Sprintf("add --transit-key %s; to move to other keys, specify them in the same way",
				shell.Quote(e.Used))
		}
		return fmt.Sprintf("add --shared-key %s --namespaces LIST; to move to other keys, specify them with "+
			"--transit-key", shell.Quote(e.Used))
	case *setup.BoundsError:
		return "check what uses it; then add --replace-roles to give it the new bounds, or choose another " +
			"mount with --vault-auth-mount"
	case *setup.OthersEngineError:
		return "specify a new engine with --transit-key 'ENGINE/{namespace}'; or, if its keys are yours, add " +
			"--reuse-keys: then the accounts of a namespace can open everything that is sealed with the key of its name"
	case *setup.OthersKeyError:
		return "specify a new key with --shared-key; or, if the key is yours, add --reuse-keys: then the accounts of " +
			strings.Join(e.Namespaces, ", ") + " can open everything that is sealed with it"
	case *setup.InheritedKeyError:
		return fmt.Sprintf("if the namespace belongs to the same team, add --reuse-keys; else disable the old "+
			"versions first: "+
			"vault write -f %s/keys/%s/rotate && vault write %s/keys/%s/config min_decryption_version=%d "+
			"min_encryption_version=%d",
			e.Key.Mount, e.Key.Name, e.Key.Mount, e.Key.Name, e.Latest+1, e.Latest+1)
	case *setup.OthersPolicyError:
		if e.ServedMount != "" {
			return "choose another mount with --vault-auth-mount"
		}
		return "check what uses it, and choose another mount with --vault-auth-mount; or, if it is yours, add " +
			"--reuse-keys to replace it"
	case *setup.DefaultAccountError:
		return "give the workload an account of its own, with serviceAccountName in its pod template; or add " +
			"--allow-default"
	case *setup.OwnAccountError:
		return "give the workload an account of its own, with serviceAccountName in its pod template"
	case *setup.NotInstalledError:
		return "run kubectl vaultseal setup first; if it is set up, specify the auth mount and the transit key that " +
			"you specified for setup, with --vault-auth-mount and with --transit-key or --shared-key"
	case *setup.NotSetUpError:
		if e.Shared {
			return fmt.Sprintf("run kubectl vaultseal setup namespace %s --shared-key %s", e.Namespace,
				shell.Quote(e.Key.String()))
		}
		return "run kubectl vaultseal setup namespace " + e.Namespace
	case *setup.SharedKeyError:
		return "leave --disable-key out: --remove alone ends the namespace's access to the key"
	}
	return ""
}

// scriptHint is the hint about a refusal for those who run the script that setup --print-vault has printed.
func scriptHint(refusal error) string {
	switch refusal.(type) { //nolint:errorlint // setup gives the errors themselves
	case *setup.OthersMountError:
		return hint(refusal) + "; if it is to be this installation's, print the commands again with --replace-roles"
	case *setup.BoundsError:
		return "check what uses it; then print the commands again with --replace-roles"
	case *setup.UsedKeysError:
		return "print the commands again with the keys, --transit-key 'ENGINE/{namespace}' or --shared-key KEY"
	case *setup.InheritedKeyError:
		return "if the namespace belongs to the same team, print the commands with --reuse-keys; else disable the " +
			"old versions of the key first"
	}
	return hint(refusal)
}

// setupLoginHint is about the login that setup tries at its end.
func setupLoginHint(e *setup.LoginError) string {
	const again = "run setup again when it is fixed"
	if e.Host == "" {
		return cmp.Or(typeHint(e.Err), again)
	}
	return "Vault must reach the API server at " + e.Host +
		", and accept its reviewer's token: specify the address that Vault reaches with --kubernetes-host; Vault's " +
		"log says why it failed; " + again
}

// disableHint finishes disabling a key, without another version where one was made.
func disableHint(e *setup.DisableError) string {
	if e.New > 0 {
		return fmt.Sprintf("finish with vault write %s/keys/%s/config min_decryption_version=%d "+
			"min_encryption_version=%d", e.Key.Mount, e.Key.Name, e.New, e.New)
	}
	if own := typeHint(e.Err); errors.Is(e.Err, transit.ErrDenied) && own != "" {
		return own
	}
	return "run the command again: it makes one more version of the key"
}

// keySourceHint is about signing keys that Vault does not accept, or that no login works with.
func keySourceHint(e *setup.KeySourceError) string {
	const again = "what was done before stays; run setup again when it is fixed"
	read := e.Refused || e.Unanswered && !e.Source.Static()
	switch {
	case e.NotPutBack != nil:
		return "logins may fail until you run setup again"
	case read && e.Source.Parameter == signingkeys.Discovery:
		return fmt.Sprintf("Vault reads %s/.well-known/openid-configuration when it is configured: Vault must reach "+
			"it, its certificate must be signed by a CA that Vault trusts (--jwks-ca-cert), and its issuer must be "+
			"exactly this URL; Vault's log says why it failed; ", strings.TrimSuffix(e.Source.URL, "/")) + again
	case read:
		return "Vault reads the URL when it is configured: Vault must reach it, its certificate must be signed by a " +
			"CA that Vault trusts (--jwks-ca-cert), and it must answer with a JSON Web Key Set; Vault's log says why " +
			"it failed; " + again
	case e.Source.Static():
		return cmp.Or(typeHint(e.Err), again)
	}
	return "check that the keys at the URL are this cluster's: kubectl get --raw /openid/v1/jwks shows those of the " +
		"API server; " + again
}

// vaultTokenHint is about setup without a token; forOpenBao: the variable of OpenBao's CLI has one.
func vaultTokenHint(forOpenBao bool) string {
	if forOpenBao {
		return openBaoHint(config.VaultToken)
	}
	return "log in with the vault CLI and set VAULT_TOKEN=$(vault print token); or give the output of --print-vault " +
		"to an administrator of Vault"
}

// notSetUpHint is about a cluster whose ConfigMap has no transit key.
func notSetUpHint(namespace string) string {
	return "run kubectl vaultseal setup --namespaces " + namespace
}

// confirmVaultHint has the command line that says what only the ConfigMap says of Vault.
func (g *globals) confirmVaultHint(settings []config.Unsaid) string {
	const file = "vault-ca.crt"
	hints := []string{"the ConfigMap may have been changed: check that this is your Vault, then run"}
	var flags []string
	for _, one := range settings {
		value := one.Value
		if one.Setting == config.VaultCACert {
			hints = append(hints, fmt.Sprintf(`kubectl get configmap %s -n %s -o 'jsonpath={.data.vault-ca\.crt}' > %s`,
				config.ConfigMapName, g.configNamespace, file))
			value = file
		}
		flags = append(flags, "--"+one.Setting.Flag, value)
	}
	return strings.Join(append(hints, g.again(flags...)), "\n")
}

// confirmMountHint is about an auth mount that only the ConfigMap names.
func confirmMountHint(again string) string {
	return "the ConfigMap may have been changed: check that this is the cluster's mount, then run\n" + again
}

// confirmKeysHint is about transit keys that only the ConfigMap names.
func confirmKeysHint(again string) string {
	return "the ConfigMap may have been changed: if this installation has its key, run\n" + again
}
