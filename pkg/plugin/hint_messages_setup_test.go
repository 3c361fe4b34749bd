package plugin

import (
	"errors"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/doctor"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

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
		"signingkeys.ErrUnknownKey": noHint("setup and doctor say what it means", signingkeys.ErrUnknownKey),
		"setup.KeyCAError":          hasHint(&setup.KeyCAError{AuthMount: "jwt"}),
		"setup.KeySourceError":      keySourceRow(denied),
		"setup.LoginError": hasHint(&setup.LoginError{Err: loginRefusal("403: permission denied", "")},
			&setup.LoginError{Err: loginRefusal("403: permission denied", ""), Host: "https://10.0.0.1:6443"}),
		"setup.ObstacleError": noHint("the errors in it have the hints",
			&setup.ObstacleError{Obstacles: []error{errors.New("vault engine vaultseal: it exists")}}),
		"setup.OtherClusterError": hasHint(&setup.OtherClusterError{Mark: "1111", UID: "2222"},
			&setup.OtherClusterError{UID: "2222"}),
		"setup.OtherKeysError": noHint("setup gives its own command line again, with the flag", otherKeys),
		"setup.OthersEngineError": hasHint(&setup.OthersEngineError{AuthMount: "kubernetes", Keys: []string{"team-a"}},
			&setup.OthersEngineError{AuthMount: "green", UsedBy: []string{"blue", "kubernetes"}}),
		"setup.OthersKeyError": hasHint(&setup.OthersKeyError{AuthMount: "kubernetes",
			Namespaces: []string{"team-a", "team-b"}}),
		"setup.OthersMountError": hasHint(&setup.OthersMountError{AuthMount: "kubernetes"},
			&setup.OthersMountError{AuthMount: "kubernetes", Systems: []string{"other-system"}}),
		"setup.OthersPolicyError": hasHint(&setup.OthersPolicyError{Role: "kubernetes/vaultseal"},
			&setup.OthersPolicyError{ServedMount: "jwt"}),
		"setup.DefaultAccountError": hasHint(&setup.DefaultAccountError{}),
		"setup.OwnAccountError":     hasHint(&setup.OwnAccountError{Name: "vaultseal-encrypter"}),
		"setup.NotInstalledError":   hasHint(&setup.NotInstalledError{AuthMount: "kubernetes", Keys: "vaultseal/{namespace}"}),
		"setup.NotSetUpError": hasHint(&setup.NotSetUpError{Namespace: "team-a", Key: key},
			&setup.NotSetUpError{Namespace: "team-a", Key: transit.Key{Mount: "team", Name: "app"}, Shared: true}),
		"setup.SharedKeyError": hasHint(&setup.SharedKeyError{Key: "team/app"}),
		"setup.UnconfirmedMountError": noHint("setup gives its own command line again, with the flags",
			&setup.UnconfirmedMountError{Method: transit.MethodKubernetes, Mount: "kubernetes-dev"}),
		"setup.UsedKeysError": hasHint(&setup.UsedKeysError{AuthMount: "kubernetes", Used: "team/k-{namespace}",
			Default: "vaultseal/{namespace}"},
			&setup.UsedKeysError{AuthMount: "kubernetes", Used: "team/app", Default: "vaultseal/{namespace}"}),
		"plugin.OtherWorkloadNamespaceError": noHint("inFile gives it, with the flag",
			&OtherWorkloadNamespaceError{Workload: "deployment/shop", Namespace: "team-b", Working: "team-a"}),
		"workload.ErrNoTemplate": noHint("the error names the workload", workload.ErrNoTemplate),
		"setup.ErrNoImage":       noHint("setup names the flag in the error", setup.ErrNoImage),
		"setup.ErrConvergent":    hasHint(setup.ErrConvergent),
		"setup.ErrNotDerived":    hasHint(setup.ErrNotDerived),
	}
}

func keySourceRow(denied error) row {
	discovery := signingkeys.Source{Parameter: signingkeys.Discovery, URL: "https://issuer.example/id/1/"}
	jwks := signingkeys.Source{Parameter: signingkeys.JWKS, URL: "https://issuer.example/keys"}
	refused := &transit.RefusedError{Op: "write auth/jwt/config", Detail: "400: error checking jwks URL"}
	unknown := &setup.LoginError{Err: loginRefusal("400: failed to verify id token signature", transit.UnknownReadKey)}
	return hasHint(&setup.KeySourceError{Source: discovery, Err: refused, Refused: true},
		&setup.KeySourceError{Source: jwks, Err: refused, Refused: true},
		&setup.KeySourceError{Source: jwks, Err: refused, Unanswered: true},
		&setup.KeySourceError{Source: jwks, Err: unknown, Before: discovery},
		&setup.KeySourceError{Source: jwks, Err: unknown, NotPutBack: denied},
		&setup.KeySourceError{Err: unknown, Before: jwks})
}

func signingKeysRow() row {
	var samples []error
	for _, problem := range []doctor.KeysProblem{doctor.NoKeys, doctor.UnknownStaticKey, doctor.UnknownReadKey,
		doctor.OtherIssuer, doctor.AnyIssuer, doctor.UnsafeURL} {
		samples = append(samples, &doctor.SigningKeysError{AuthMount: "jwt", Problem: problem,
			At: "https://issuer.example/keys", Keys: 2, Issuer: "https://other.example"})
	}
	return hasHint(samples...)
}

func doctorRows() map[string]row {
	key, shop := sampleKey(), config.Account{Namespace: "team-a", Name: "shop"}
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
		"doctor.SigningKeysError": signingKeysRow(),
		"doctor.LongTokenError":   hasHint(&doctor.LongTokenError{AuthMount: "kubernetes", Role: "vaultseal"}),
		"doctor.OldVersionError":  hasHint(&doctor.OldVersionError{Key: key, Age: 400 * 24 * time.Hour}),
		"doctor.NoAccountError":   hasHint(&doctor.NoAccountError{Account: shop}),
		"doctor.NotSetUpError": hasHint(&doctor.NotSetUpError{Namespace: "vaultseal-system"},
			&doctor.NotSetUpError{Namespace: "vaultseal-system", Forbidden: true}),
		"doctor.NoSecretError": hasHint(&doctor.NoSecretError{Secret: "db", Place: "volume tls"},
			&doctor.NoSecretError{Secret: "db", Entry: "password", Place: "volume tls"}),
		"doctor.MixedSecretError": hasHint(&doctor.MixedSecretError{Secret: "db", Entries: []string{"user"}}),
		"doctor.NoKeyError":       hasHint(&doctor.NoKeyError{Secret: "db"}),
		"doctor.NotInjectedError": hasHint(&doctor.NotInjectedError{Label: "deployment/shop"}),
		"doctor.InjectionError": hasHint(&doctor.InjectionError{Label: "deployment/shop",
			Reason: "its container of vaultseal has no image"}),
		"doctor.PinnedError": hasHint(&doctor.PinnedError{What: "role", Flag: "vault-role", Pinned: "own",
			Checked: "team-a.shop"}, &doctor.PinnedError{What: "CA certificate"}),
		"doctor.OldKubernetesError": hasHint(&doctor.OldKubernetesError{What: "sidecars", Since: "1.29",
			Old: []string{"node a (v1.28.1)"}}, &doctor.OldKubernetesError{What: "variables from files", Since: "1.35",
			Old: []string{"node a (v1.34.1)"}, Later: true}),
		"doctor.WorkloadLoginError": hasHint(&doctor.WorkloadLoginError{Label: "deployment/shop", Account: shop,
			Err: loginRefusal("400: invalid role name", "")}),
		"doctor.ClockError": hasHint(&doctor.ClockError{Whose: "Vault", Ahead: -90 * time.Second, Others: "this machine"}),
		"doctor.RoleAudienceError": hasHint(&doctor.RoleAudienceError{Method: transit.MethodKubernetes,
			AuthMount: "kubernetes", Role: "vaultseal", Audience: "vault"}, &doctor.RoleAudienceError{
			Method: transit.MethodJWT, AuthMount: "jwt", Role: "vaultseal", Audience: "vault"}),
		"doctor.TokenLifetimeError": hasHint(&doctor.TokenLifetimeError{Requested: 10 * time.Minute,
			Granted: time.Hour}),
		"doctor.UnverifiedServerError": hasHint(&doctor.UnverifiedServerError{},
			&doctor.UnverifiedServerError{Plain: true}),
		"doctor.ErrDefaultAccount": hasHint(doctor.ErrDefaultAccount),
		"doctor.PolicyError": hasHint(&doctor.PolicyError{Path: "transit/encrypt/app", Capability: "update",
			Policies: []string{"default", "vaultseal"}},
			&doctor.PolicyError{Path: "auth/token/revoke-self", Capability: "update",
				Consequence: "the Vault token stays valid until it expires"}),
		"doctor.RoundTripError": hasHint(&doctor.RoundTripError{Step: "open", Err: transit.ErrDenied}),
		"doctor.SealedError":    hasHint(&doctor.SealedError{Version: "1.21.4"}),
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
