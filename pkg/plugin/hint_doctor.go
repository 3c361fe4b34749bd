package plugin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/printable"
	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// problemHint is the hint about a problem that doctor has found; each has one.
func problemHint(problem error) string {
	return cmp.Or(hint(problem), "show all requests and answers with kubectl vaultseal doctor -v 6")
}

// doctorHint is about one error of internal/doctor, without those that it wraps.
func doctorHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *doctor.UntestedVersionError:
		return "see what is expected of other versions: " + compatibility.Page
	case *doctor.UnverifiedServerError:
		if e.Plain {
			return "use the API server's https:// address in the kubeconfig"
		}
		return "specify the API server's CA with certificate-authority in the kubeconfig, and remove " +
			"insecure-skip-tls-verify"
	case *doctor.ClockError:
		return "set the clock of " + e.Whose + ", for example with timedatectl set-ntp true"
	case *doctor.TokenLifetimeError:
		return "the API server changes how long tokens are valid (its flag service-account-max-token-expiration): " +
			"the reviewer's token of setup may end before its year, and then setup must run again"
	case *doctor.SecretRightsError:
		return secretRightsHint(e)
	case *doctor.ConfigMapError:
		if e.Forbidden {
			return readableConfigMapHint(e.Namespace)
		}
		return "fix the connection to the API server first"
	case *doctor.NotSetUpError:
		if e.Forbidden {
			return "ask an administrator to run kubectl vaultseal setup, which lets everyone read the ConfigMap"
		}
		return "run kubectl vaultseal setup, as an administrator"
	case *doctor.ConfigurationError:
		return cmp.Or(hint(e.Err), "correct it at its source: kubectl vaultseal config view shows the "+
			"source of each value")
	case *doctor.EnforcementError:
		return "ask an administrator to run kubectl vaultseal setup --enforce=deny, or --enforce=warn"
	case *doctor.TokenFileError:
		if e.Err != nil {
			return "specify a file with a projected token with --service-account-token-file, or leave it out to " +
				"request a token"
		}
		audience := shell.Quote(e.Audience)
		return fmt.Sprintf("let kubelet project and renew it (a serviceAccountToken volume with audience %s), or "+
			"make one by hand: kubectl create token NAME --audience %s", audience, audience)
	}
	return cmp.Or(doctorVaultHint(err), doctorWorkloadHint(err), doctorSentinelHint(err))
}

// doctorWorkloadHint is about what doctor finds of a workload.
func doctorWorkloadHint(err error) string {
	const again = "inject the manifest again: kubectl vaultseal inject -f FILE | kubectl apply -f -"
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *doctor.NoAccountError:
		return fmt.Sprintf("create it: kubectl create serviceaccount %s -n %s; or correct serviceAccountName in the "+
			"pod template", e.Account.Name, e.Account.Namespace)
	case *doctor.NoSecretError:
		if e.Entry != "" {
			return fmt.Sprintf("add the entry with kubectl vaultseal set %s %s, or correct its name in the manifest",
				e.Secret, e.Entry)
		}
		return fmt.Sprintf("seal it with kubectl vaultseal create %s -f FILE, or correct its name in the manifest",
			e.Secret)
	case *doctor.MixedSecretError:
		return "seal its other entries too, or put them into a Secret of their own"
	case *doctor.NoKeyError:
		return "specify its transit key with --transit-key"
	case *doctor.NotInjectedError:
		return "inject its manifest: kubectl vaultseal inject -f FILE | kubectl apply -f -"
	case *doctor.InjectionError:
		return again
	case *doctor.PinnedError:
		if e.Flag == "" {
			return "check whether it is meant; if not, " + again
		}
		return fmt.Sprintf("if it is meant, check with --%s %s; if not, ", e.Flag, shell.Quote(e.Pinned)) + again
	case *doctor.OldKubernetesError:
		if e.Later {
			return "inject it with --env=exec, or update Kubernetes"
		}
		return "update Kubernetes; or inject the manifest again with --env=exec, and without --refresh"
	case *doctor.WorkloadLoginError:
		return fmt.Sprintf("run kubectl vaultseal setup workload %s -n %s, which creates the role, or shows how an "+
			"existing one differs", e.Label, e.Account.Namespace)
	}
	return ""
}

// doctorVaultHint is about what doctor finds in Vault.
func doctorVaultHint(err error) string {
	switch e := err.(type) { //nolint:errorlint // hint looks at each error of the chain
	case *doctor.EndingCertificateError:
		return "renew it before " + e.Day + ": from then on every command fails"
	case *doctor.KeyUsageError:
		return keyUsageHint(e)
	case *doctor.SigningKeysError:
		return doctorSigningKeysHint(e)
	case *doctor.LongTokenError:
		return writeRole(e.AuthMount, e.Role) + " token_ttl=10s"
	case *doctor.RoleAudienceError:
		setting := " audience="
		if e.Method == transit.MethodJWT {
			setting = " bound_audiences="
		}
		return writeRole(e.AuthMount, e.Role) + setting + shell.Quote(e.Audience)
	case *doctor.DefaultPolicyError:
		return writeRole(e.AuthMount, e.Role) + ` token_no_default_policy=true, after one of its own policies has ` +
			`"update" on auth/token/revoke-self and sys/capabilities-self`
	case *doctor.PolicyError:
		return policyHint(e)
	case *doctor.ExcessError:
		return fmt.Sprintf("remove %s from its policies (%s)", strings.Join(e.Paths, " and "),
			strings.Join(e.Policies, ", "))
	case *doctor.UnderivedKeyError:
		return fmt.Sprintf("create a derived key, and seal with it from now on: vault write %s/keys/NAME "+
			"type=aes256-gcm96 derived=true", e.Key.Mount)
	case *doctor.OldVersionError:
		return "kubectl vaultseal rotate -A --transit-key " + e.Key.String()
	}
	return ""
}

// doctorSentinelHint is about what doctor finds and needs no fields for.
func doctorSentinelHint(err error) string {
	switch err {
	case doctor.ErrDefaultAccount: //nolint:errorlint // hint looks at each error of the chain
		return "give the workload an account of its own, with serviceAccountName in its pod template"
	case doctor.ErrPlainHTTP:
		return "give Vault a certificate and use an https:// address, unless this is a test without real secrets"
	case doctor.ErrUnverified:
		return "leave --vault-insecure-skip-tls-verify out"
	case doctor.ErrAudienceIgnored:
		return "specify the audience with --audience or VAULTSEAL_AUDIENCE; kubectl vaultseal setup removes the key " +
			"if setup wrote it"
	case doctor.ErrLongOutsideToken:
		return "leave --vault-auth-method=token to administrators: the kubernetes and jwt methods log in for seconds " +
			"and keep nothing"
	case doctor.ErrNotInitialised:
		return "ask Vault's operator to initialise and unseal it: vault operator init, then vault operator unseal"
	case doctor.ErrOpensToAnother:
		return "do not seal anything with this Vault: check it, and the proxies in front of it"
	}
	return ""
}

func secretRightsHint(e *doctor.SecretRightsError) string {
	if e.Part == config.Rotator {
		return fmt.Sprintf("ask an administrator to run kubectl create clusterrole vaultseal-rotation --verb=%s "+
			"--resource=secrets && kubectl create clusterrolebinding vaultseal-rotation "+
			"--clusterrole=vaultseal-rotation --user=NAME; kubectl auth whoami shows your NAME",
			strings.Join(e.Needed, ","))
	}
	return fmt.Sprintf("ask an administrator to run kubectl vaultseal setup namespace %s --grant user:NAME; "+
		"kubectl auth whoami shows your NAME, and other users keep their access", e.Namespace)
}

// readableConfigMapHint lets everyone read the ConfigMap, with the object names that setup uses.
func readableConfigMapHint(namespace string) string {
	const name = config.ConfigMapName + "-config"
	return fmt.Sprintf("let everyone read it: kubectl create role %s --verb=get --resource=configmaps "+
		"--resource-name=%s -n %s", name, config.ConfigMapName, namespace) +
		fmt.Sprintf(" && kubectl create rolebinding %s --role=%s --group=system:authenticated -n %s", name, name,
			namespace)
}

func writeRole(authMount, role string) string {
	return fmt.Sprintf("vault write auth/%s/role/%s", shell.Quote(authMount), shell.Quote(role))
}

// policyHint is the line that a policy lacks.
func policyHint(e *doctor.PolicyError) string {
	policy := "a policy of the token"
	if own := slices.DeleteFunc(slices.Clone(e.Policies),
		func(name string) bool { return name == "default" }); len(own) > 0 {
		policy = "policy " + own[0] + " (vault policy read " + shell.Quote(own[0]) + ")"
	}
	return fmt.Sprintf("add to %s: path %q { capabilities = [%q] }", policy, e.Path, e.Capability)
}

// keyUsageHint is how a CA gets the extension. Its key and the identifier of
// that stay, so what it has signed stays good.
func keyUsageHint(e *doctor.KeyUsageError) string {
	identifier := "hash"
	if len(e.KeyID) > 0 {
		identifier = strings.ReplaceAll(fmt.Sprintf("% X", e.KeyID), " ", ":")
	}
	return fmt.Sprintf("sign the certificate of %s again, with the same subject and key and these lines in ca.cnf, "+
		"and give it to clients in place of the old one:\n", printable.Line(e.Issuer)) +
		"[v3_ca]\n" +
		"basicConstraints = critical, CA:TRUE\n" +
		"keyUsage = critical, keyCertSign, cRLSign\n" +
		"subjectKeyIdentifier = " + identifier + "\n" +
		"openssl x509 -in ca.crt -signkey ca.key -days 3650 -clrext -extfile ca.cnf -extensions v3_ca -out new-ca.crt" +
		" (for an intermediate certificate, use -CA and -CAkey in place of -signkey)"
}
