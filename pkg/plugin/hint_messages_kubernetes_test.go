package plugin

import (
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

func kubernetesRows() map[string]row {
	account := config.Account{Namespace: "team-a", Name: "vaultseal"}
	secrets, accounts := schema.GroupResource{Resource: "secrets"}, schema.GroupResource{Resource: "serviceaccounts"}
	denied := kube.Classify(apierrors.NewForbidden(accounts, "vaultseal", errors.New("no")))
	return map[string]row{
		"kube.AccountError": hasHint(&kube.AccountError{Account: account, Err: denied},
			&kube.AccountError{Account: account, Err: kube.ErrAccountNotFound}),
		"kube.BodyTooLargeError": noHint("the list is divided, and asked for again",
			&kube.BodyTooLargeError{Most: 1 << 20}),
		"kube.CredentialError": hasHint(&kube.CredentialError{Reason: "exec: executable login-plugin failed with " +
			"exit code 1"},
			&kube.CredentialError{Reason: "exec: executable login-plugin not found",
				Install: "Get it from https://login.example."},
			&kube.CredentialError{Reason: "exec plugin cannot support interactive mode: standard input is not a " +
				"terminal"}),
		"kube.NoAPIServerError": hasHint(&kube.NoAPIServerError{Host: "https://www.example"}),
		"kube.NoServerError": hasHint(&kube.NoServerError{NoKubeconfig: true},
			&kube.NoServerError{Reason: "the kubeconfig has no current context"},
			&kube.NoServerError{Cluster: "dev cluster",
				Reason: `cluster "dev cluster" of the kubeconfig names no server`}),
		"kube.TokenAudienceError": hasHint(&kube.TokenAudienceError{Account: account,
			Audience: "https://kubernetes.default.svc"},
			&kube.TokenAudienceError{Account: account}, &kube.TokenAudienceError{File: "/var/run/token",
				Audience: "https://kubernetes.default.svc"}),
		"kube.kindError": hasHint(kube.Classify(apierrors.NewNotFound(secrets, "app")),
			kube.Classify(apierrors.NewUnauthorized("Unauthorized")),
			kube.Classify(apierrors.NewForbidden(secrets, "app", errors.New("no right"))),
			kube.Classify(apierrors.NewTooManyRequestsError("too many"))),
		"kube.ErrAccountNotFound": noHint("the hint comes with *kube.AccountError", kube.ErrAccountNotFound),
		"kube.ErrConflict":        hasHint(kube.ErrConflict),
		"kube.ErrNotFound":        hasHint(kube.ErrNotFound),
		"kube.ErrUnavailable":     hasHint(kube.ErrUnavailable),
		"kube.ErrUnreachable":     hasHint(kube.ErrUnreachable),
	}
}

func configRows() map[string]row {
	fromEnv := config.Value[string]{Value: "https://one.example", Source: config.Source{Origin: config.FromEnvironment,
		Name: "VAULT_ADDR"}}
	fromMap := config.Value[string]{Value: "https://two.example", Source: config.Source{Origin: config.FromConfigMap,
		Name: "vault-addr"}}
	return map[string]row{
		"config.ConflictError": hasHint(&config.ConflictError{Setting: config.VaultAddr, Environment: fromEnv,
			ConfigMap: fromMap},
			&config.ConflictError{Setting: config.VaultAddr, Environment: fromEnv, ConfigMap: fromMap, Outside: true}),
		"config.MissingError": hasHint(&config.MissingError{Settings: []config.Setting{config.VaultAddr,
			config.TransitKey}},
			&config.MissingError{Settings: []config.Setting{config.VaultAddr},
				UnverifiedServer: "http://127.0.0.1:8001"},
			&config.MissingError{Settings: []config.Setting{config.VaultAddr},
				UnverifiedServer: "https://10.1.2.3:6443"},
			&config.MissingError{Settings: []config.Setting{config.VaultAddr}, Outside: true,
				Unsaid: []config.Unsaid{{Setting: config.VaultAddr, Value: "https://one.example"}}},
			&config.MissingError{Settings: []config.Setting{config.VaultAddr, config.VaultToken},
				ForOpenBao: []config.Setting{config.VaultAddr, config.VaultToken}}),
		"config.SkipVerifyError": hasHint(&config.SkipVerifyError{}),
		"config.UnsaidError": hasHint(&config.UnsaidError{Unsaid: []config.Unsaid{{Setting: config.VaultCACert,
			Value: "PEM"}}}),
		"config.ValueError": noHint("the source and the reason say what to change",
			&config.ValueError{Source: fromEnv.Source, Err: errors.New("vault address: want https://HOST[:PORT]")}),
		"config.ErrTokenMethod":     hasHint(config.ErrTokenMethod),
		"config.ErrUnverifiedProxy": hasHint(config.ErrUnverifiedProxy),
	}
}
