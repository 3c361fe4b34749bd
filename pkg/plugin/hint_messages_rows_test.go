package plugin

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
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
			&config.MissingError{Settings: []config.Setting{config.VaultAddr}, PlainServer: "http://127.0.0.1:8001"},
			&config.MissingError{Settings: []config.Setting{config.VaultAddr}, Outside: true,
				Unsaid: []config.Unsaid{{Setting: config.VaultAddr, Value: "https://one.example"}}}),
		"config.SkipVerifyError": hasHint(&config.SkipVerifyError{}),
		"config.UnsaidError": hasHint(&config.UnsaidError{Unsaid: []config.Unsaid{{Setting: config.VaultCACert,
			Value: "PEM"}}}),
		"config.ValueError": noHint("the source and the reason say what to change",
			&config.ValueError{Source: fromEnv.Source, Err: errors.New("vault address: want https://HOST[:PORT]")}),
		"config.ErrTokenMethod":     hasHint(config.ErrTokenMethod),
		"config.ErrUnverifiedProxy": hasHint(config.ErrUnverifiedProxy),
	}
}

func engineRows() map[string]row {
	key, other := sampleKey(), transit.Key{Mount: "transit", Name: "team-b"}
	const inReport = "a row of a report says it of a Secret"
	return map[string]row{
		"engine.ConfiguredKeyError": hasHint(&engine.ConfiguredKeyError{Key: key,
			Err: vaultRefusal(transit.ErrKeyNotFound, "404")}),
		"engine.EntryNotFoundError": hasHint(&engine.EntryNotFoundError{Entry: "password",
			Entries: []string{"token", "user"}}),
		"engine.ExistsError": hasHint(&engine.ExistsError{Namespace: "team-a", Name: "app"},
			&engine.ExistsError{Namespace: "team-a", Name: "app", Unsealed: []string{"token"}},
			&engine.ExistsError{Namespace: "team-a", Name: "app", Empty: true}),
		"engine.KeyMismatchError": hasHint(&engine.KeyMismatchError{Namespace: "team-a", Name: "app", Annotated: key,
			Wanted: other}),
		"engine.NotDerivedError": hasHint(&engine.NotDerivedError{Key: key, Scope: sealed.Strict}),
		"engine.NotLoweredError": hasHint(&engine.NotLoweredError{Key: key, Version: 2,
			Err: unreached(transit.AnswerLost, "EOF")}),
		"engine.NotReplaceableError": noHint("the type of the Secret, or its owner, decides",
			&engine.NotReplaceableError{Namespace: "team-a", Name: "app",
				Reason: errors.New("its type is helm.sh/release.v1")}),
		"engine.OtherKeyError": hasHint(&engine.OtherKeyError{Namespace: "team-b", Name: "app", Annotated: key,
			Configured: other},
			&engine.OtherKeyError{Namespace: "team-b", Name: "app", Annotated: key, Configured: other, Of: "team-a",
				Bound: true, Err: transit.ErrDenied}),
		"engine.ScopeError": hasHint(&engine.ScopeError{Scope: sealed.Strict, Least: sealed.Strict,
			NotDerived: key}),
		"engine.TooLargeError": noHint("the message has the limit: split the Secret",
			&engine.TooLargeError{Namespace: "team-a", Name: "app", Size: 2 << 20}),
		"engine.TouchedError": hasHint(&engine.TouchedError{Namespace: "team-a", Name: "app", What: `entry "token"`,
			Entry: "token"},
			&engine.TouchedError{Namespace: "team-a", Name: "app", What: "label tier"}),
		"engine.UnconfiguredKeyError": hasHint(&engine.UnconfiguredKeyError{Namespace: "team-a", Name: "app",
			Annotated: key}),
		"engine.UnreadError": noHint("the errors in it have the hints",
			&engine.UnreadError{Secrets: []engine.UnreadSecret{{Namespace: "team-a", Name: "app",
				Err: errors.New("secret team-a/app: it has no entries")}}}),
		"engine.ErrLastEntry":    noHint("it says what to do", engine.ErrLastEntry),
		"engine.ErrNoTransitKey": hasHint(engine.ErrNoTransitKey),
		"engine.ErrNoneOpens": noHint("rotate gives the hint, with the selection in its command",
			engine.ErrNoneOpens),
		"engine.ErrNotSealed": hasHint(engine.ErrNotSealed),
		"engine.ErrOutOfView": noHint(inReport, engine.ErrOutOfView),
		"engine.ErrStillNeeded": noHint("rotate gives the hint, with the command that finishes it",
			engine.ErrStillNeeded),
		"engine.brokenError":      noHint("it has the text and the hint of the error that it wraps"),
		"engine.failedEntryError": noHint("it has the text and the hint of the error that it wraps"),
		"engine.keyError":         noHint("it has the text and the hint of the error that it wraps"),
		"engine.skip":             noHint(inReport),
		"engine.errAgeUnknown":    noHint(inReport),
		"engine.errDeleted":       noHint(inReport),
		"engine.errImmutable":     noHint(inReport),
		"engine.errNoEntries":     noHint(inReport),
		"engine.errNoSeal":        noHint(inReport),
		"engine.errNotListed":     noHint(inReport),
		"engine.errOtherKey":      noHint(inReport),
		"engine.errRestless":      noHint("it says what to do"),
		"engine.errUnmarked":      noHint(inReport),
	}
}

func documentRows() map[string]row {
	const place, says = "the error around it names the file and the line", "it says what to do"
	path, _ := document.ParsePath("servers.2.host")
	return map[string]row{
		"document.Error": noHint("the command knows whether to fix a file or a stream",
			&document.Error{Line: 3, Column: 7, Reason: "want a value"}),
		"document.MemberError": hasHint(&document.MemberError{Name: "servers", Reason: "it is nested"}),
		"document.PathError": noHint("set and edit name the entry",
			&document.PathError{Path: path, Reason: "it does not exist"}),
		"document.errAlias":    noHint(says),
		"document.errPanicked": noHint("no user sees it"),
		"manifest.Error": hasHint(&manifest.Error{Document: 2, Line: 14,
			Reason: manifest.ReasonTemplate}),
		"manifest.NamespaceError": hasHint(&manifest.NamespaceError{Name: "app"}),
		"manifest.OtherNamespaceError": hasHint(&manifest.OtherNamespaceError{File: "app.yaml", Name: "app",
			Namespace: "team-b", Working: "team-a"}),
		"manifest.ErrSplice":    hasHint(manifest.ErrSplice),
		"manifest.errHead":      noHint(place),
		"manifest.errItems":     noHint(place),
		"manifest.errKubectl":   noHint(place),
		"manifest.errLeadsOut":  noHint(says),
		"manifest.errNoRegular": noHint(says),
		"manifest.errNoSecret":  noHint(place),
		"manifest.errNotUTF16":  noHint(says),
		"manifest.errNotUTF8":   noHint(place),
		"manifest.errPlace":     noHint(place),
		"manifest.errTooFine":   noHint(says),
		"manifest.errTooLarge":  noHint(place),
		"manifest.errTooMany":   noHint(says),
		"manifest.errTooMuch":   noHint(says),
		"manifest.errZero":      noHint(says),
		"sealed.AnnotationError": hasHint(&sealed.AnnotationError{Annotation: sealed.ScopeAnnotation,
			Err: errors.New(`unknown scope "strikt"`)}),
		"sealed.PlaintextInMetadataError": hasHint(&sealed.PlaintextInMetadataError{Field: "annotation", Name: "note",
			Entry: "token"},
			&sealed.PlaintextInMetadataError{Field: "label", Name: "note", Entry: "token"}),
		"sealed.errUnreadableCopy": noHint("verify names the annotation"),
	}
}

func setupRows(t *testing.T) map[string]row {
	t.Helper()
	keys, err := sealed.ParseKeyTemplate("vaultseal/{namespace}")
	if err != nil {
		t.Fatal(err)
	}
	otherKeys := setup.Installation{Keys: keys, OtherKeys: setup.OtherKeys{Configured: "team/app"}}.CheckOtherKeys()
	key := transit.Key{Mount: "vaultseal", Name: "team-a"}
	denied := vaultRefusal(transit.ErrDenied, "403: permission denied")
	return map[string]row{
		"setup.BoundsError": hasHint(&setup.BoundsError{Role: "vaultseal",
			Diff: "- token_ttl: 3600\n+ token_ttl: 10\n"}),
		"setup.DisableError": hasHint(&setup.DisableError{Key: key, New: 4, Err: denied},
			&setup.DisableError{Key: key, Err: denied},
			&setup.DisableError{Key: key, Err: unreached(transit.AnswerLost, "EOF")}),
		"setup.ForeignFieldsError": hasHint(&setup.ForeignFieldsError{Err: errors.New("ConfigMap vaultseal-system/vaultseal: conflict with kubectl-edit: .data.vault-addr")}),
		"setup.IncompleteError": hasHint(&setup.IncompleteError{Missing: []string{"vault policy vaultseal"},
			Err: denied}),
		"setup.InheritedKeyError": hasHint(&setup.InheritedKeyError{Key: key, Namespace: "team-a", Oldest: 1, Latest: 3,
			Made: time.Unix(0, 0).UTC()}),
		"setup.LoginError": hasHint(&setup.LoginError{Err: loginRefusal("403: permission denied", false)},
			&setup.LoginError{Err: loginRefusal("403: permission denied", false), Host: "https://10.0.0.1:6443"}),
		"setup.ObstacleError": noHint("the errors in it have the hints",
			&setup.ObstacleError{Obstacles: []error{errors.New("vault engine vaultseal: it exists")}}),
		"setup.OtherClusterError": hasHint(&setup.OtherClusterError{Mark: "1111", UID: "2222"},
			&setup.OtherClusterError{UID: "2222"}),
		"setup.OtherKeysError":    noHint("setup gives its own command line again, with the flag", otherKeys),
		"setup.OthersEngineError": hasHint(&setup.OthersEngineError{AuthMount: "kubernetes", Keys: []string{"team-a"}}),
		"setup.OthersKeyError": hasHint(&setup.OthersKeyError{AuthMount: "kubernetes",
			Namespaces: []string{"team-a", "team-b"}}),
		"setup.OthersMountError": hasHint(&setup.OthersMountError{AuthMount: "kubernetes"},
			&setup.OthersMountError{AuthMount: "kubernetes", Systems: []string{"other-system"}}),
		"setup.OthersPolicyError": hasHint(&setup.OthersPolicyError{Role: "kubernetes/vaultseal"},
			&setup.OthersPolicyError{ServedMount: "jwt"}),
		"setup.SharedKeyError": hasHint(&setup.SharedKeyError{Key: "team/app"}),
		"setup.UnconfirmedMountError": noHint("setup gives its own command line again, with the flags",
			&setup.UnconfirmedMountError{Method: transit.MethodKubernetes, Mount: "kubernetes-dev"}),
		"setup.UsedKeysError": hasHint(&setup.UsedKeysError{AuthMount: "kubernetes", Used: "team/k-{namespace}",
			Default: "vaultseal/{namespace}"},
			&setup.UsedKeysError{AuthMount: "kubernetes", Used: "team/app", Default: "vaultseal/{namespace}"}),
		"setup.ErrNoImage":    noHint("setup names the flag in the error", setup.ErrNoImage),
		"setup.ErrConvergent": hasHint(setup.ErrConvergent),
		"setup.ErrNotDerived": hasHint(setup.ErrNotDerived),
	}
}

func doctorRows() map[string]row {
	key := sampleKey()
	return map[string]row{
		"doctor.ConfigMapError": hasHint(&doctor.ConfigMapError{Namespace: "vaultseal-system"},
			&doctor.ConfigMapError{Namespace: "vaultseal-system", Forbidden: true}),
		"doctor.ConfigurationError": hasHint(&doctor.ConfigurationError{Err: errors.New("flag --transit-key: want MOUNT/NAME")}),
		"doctor.DefaultPolicyError": hasHint(&doctor.DefaultPolicyError{AuthMount: "kubernetes",
			Role: "vaultseal"}),
		"doctor.EndingCertificateError": hasHint(&doctor.EndingCertificateError{Subject: "CN=vault", Day: "2026-12-24",
			Left: 49 * time.Hour}),
		"doctor.EnforcementError": hasHint(&doctor.EnforcementError{Namespace: "team-a",
			Reason: "the policy vaultseal-sealed has been changed"}),
		"doctor.ExcessError": hasHint(&doctor.ExcessError{Paths: []string{"transit/encrypt/app", "transit/decrypt/app"},
			Policies: []string{"rotator"}}),
		"doctor.KeyUsageError": hasHint(&doctor.KeyUsageError{Issuer: "CN=ca", KeyID: []byte{10, 255}},
			&doctor.KeyUsageError{Issuer: "CN=ca", Err: errors.New("certificate of vault at " +
				"https://vault.example:8200 is signed by an authority that is not trusted")}),
		"doctor.LongTokenError":  hasHint(&doctor.LongTokenError{AuthMount: "kubernetes", Role: "vaultseal"}),
		"doctor.OldVersionError": hasHint(&doctor.OldVersionError{Key: key, Age: 400 * 24 * time.Hour}),
		"doctor.PolicyError": hasHint(&doctor.PolicyError{Path: "transit/encrypt/app", Capability: "update",
			Policies: []string{"default", "vaultseal"}},
			&doctor.PolicyError{Path: "auth/token/revoke-self", Capability: "update",
				Consequence: "the Vault token lives on until it lapses"}),
		"doctor.SecretRightsError": hasHint(&doctor.SecretRightsError{Missing: []string{"create", "patch"},
			Needed: []string{"get", "list", "create", "patch"}, Namespace: "team-a", Part: config.Sealer},
			&doctor.SecretRightsError{Missing: []string{"patch"}, Needed: []string{"get", "list", "patch"},
				Namespace: "team-a", Part: config.Rotator}),
		"doctor.TokenFileError": hasHint(&doctor.TokenFileError{Audience: "vault",
			Problem: "the audience should be vault"},
			&doctor.TokenFileError{Audience: "vault",
				Err: errors.New("open /var/run/token: no such file or directory")}),
		"doctor.UnderivedKeyError":    hasHint(&doctor.UnderivedKeyError{Key: key}),
		"doctor.UntestedVersionError": hasHint(&doctor.UntestedVersionError{Tested: compatibility.Vault()}),
		"doctor.ErrAudienceIgnored":   hasHint(doctor.ErrAudienceIgnored),
		"doctor.ErrLongOutsideToken":  hasHint(doctor.ErrLongOutsideToken),
		"doctor.ErrNotInitialised":    hasHint(doctor.ErrNotInitialised),
		"doctor.ErrOpensToAnother":    hasHint(doctor.ErrOpensToAnother),
		"doctor.ErrPlainHTTP":         hasHint(doctor.ErrPlainHTTP),
		"doctor.ErrUnverified":        hasHint(doctor.ErrUnverified),
	}
}

func pluginRows() map[string]row {
	const own = "the command gives the hint beside the error"
	return map[string]row{
		"plugin.Signal": noHint("the user has stopped the command",
			Signal{Signal: os.Signal(syscall.SIGTERM), Code: 143}),
		"plugin.childExit":      noHint("the child has said why", childExit(7)),
		"plugin.errAge":         noHint("it says what to write", errAge),
		"plugin.errTemplate":    noHint("the message names the part of the template", errTemplate),
		"plugin.hintedError":    noHint(own),
		"plugin.rephrasedError": noHint("it has the hint of the error that it wraps"),
		"plugin.reportError":    noHint(own),
		"plugin.usageError":     noHint(own),
	}
}
