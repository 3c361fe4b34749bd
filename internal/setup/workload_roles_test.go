package setup

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// listingVault also lists.
type listingVault struct {
	fakeVault

	denied bool
}

func (v listingVault) List(_ context.Context, path string) (names []string, err error) {
	if v.denied {
		return nil, transit.ErrDenied
	}
	for at := range v.fakeVault {
		if name, below := strings.CutPrefix(at, path+"/"); below {
			names = append(names, name)
		}
	}
	return names, nil
}

var shop = config.Account{Namespace: "team-a", Name: "shop"}

// TestWorkloadRoleIsForOneAccount: nothing in its bounds is a pattern.
func TestWorkloadRoleIsForOneAccount(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	got := canonical(workloadRole(shop).parameters(i))
	want := map[string]any{
		"audience": "vault", "bound_service_account_names": []any{"shop"},
		"bound_service_account_namespaces": []any{"team-a"}, "token_policies": []any{"kubernetes-vaultseal-reader"},
		"token_ttl": 10.0, "token_no_default_policy": true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("kubernetes: %v", got)
	}
	i.Method, i.AuthMount = transit.MethodJWT, "jwt"
	got = canonical(workloadRole(shop).parameters(i))
	want = map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []any{"vault"},
		"bound_subject":  "system:serviceaccount:team-a:shop",
		"claim_mappings": map[string]any{"/kubernetes.io/namespace": "service_account_namespace"},
		"token_policies": []any{"jwt-vaultseal-reader"}, "token_ttl": 10.0, "token_no_default_policy": true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("jwt: %v", got)
	}
}

// TestRolesOfWorkloadsAreKnownByWhatTheyAre, not by their names.
func TestRolesOfWorkloadsAreKnownByWhatTheyAre(t *testing.T) {
	for _, method := range []transit.Method{transit.MethodKubernetes, transit.MethodJWT} {
		s := Setup{Installation: installed(t, "vaultseal/{namespace}")}
		s.Installation.Method = method
		is := func(change func(map[string]any)) map[string]any {
			parameters := canonical(workloadRole(shop).parameters(s.Installation))
			change(parameters)
			return parameters
		}
		for name, test := range map[string]struct {
			is  map[string]any
			own bool
		}{
			"as made":              {is(func(map[string]any) {}), true},
			"another audience":     {is(func(p map[string]any) { p["audience"], p["bound_audiences"] = "x", []any{"x"} }), true},
			"a longer life":        {is(func(p map[string]any) { p["token_ttl"] = 60.0 }), true},
			"another policy":       {is(func(p map[string]any) { p["token_policies"] = []any{"other"} }), false},
			"one policy more":      {is(func(p map[string]any) { p["token_policies"] = append(p["token_policies"].([]any), "x") }), false},
			"another account":      {is(func(p map[string]any) { maps.Copy(p, bound("team-a", "other")) }), false},
			"another namespace":    {is(func(p map[string]any) { maps.Copy(p, bound("team-b", "shop")) }), false},
			"a pattern":            {is(func(p map[string]any) { maps.Copy(p, bound("*", "*")) }), false},
			"a policy in capitals": {is(func(p map[string]any) { p["token_policies"] = []any{"Kubernetes-Vaultseal-Reader"} }), true},
		} {
			if got := s.madeForWorkload(workloadRole(shop), test.is); got != test.own {
				t.Errorf("%s, %s: own %v", method, name, got)
			}
		}
	}
}

// bound are the bounds of both methods.
func bound(namespace, account string) map[string]any {
	return map[string]any{"bound_service_account_names": []any{account},
		"bound_service_account_namespaces": []any{namespace}, "bound_subject": subjectPrefix + namespace + ":" + account}
}

// TestASelectorOfNamespacesIsAnotherBound: accounts of the selected namespaces could log in too.
func TestASelectorOfNamespacesIsAnotherBound(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	is := canonical(workloadRole(shop).parameters(i))
	for selector, refused := range map[string]bool{"": false, `{"matchLabels": {}}`: true} {
		is[namespaceSelector] = selector
		s := Setup{Installation: i, Vault: fakeVault{"sys/auth": {"kubernetes/": map[string]any{}},
			"auth/kubernetes/role/team-a.shop": is}}
		change, err := s.role(workloadRole(shop)).inspect(t.Context())
		var bounds *BoundsError
		if errors.As(err, &bounds) != refused || change.Action != Unchanged {
			t.Errorf("%q: %v %v", selector, change, err)
		}
		s.ReplaceRoles = true
		change, err = s.role(workloadRole(shop)).inspect(t.Context())
		if err != nil || (change.Action == Configure) != refused {
			t.Errorf("%q with --replace-roles: %v %v", selector, change, err)
		}
	}
}

func TestWorkloadsNeedAnInstallation(t *testing.T) {
	installation := installed(t, "vaultseal/{namespace}")
	installation.Namespaces, installation.Extends = []string{"team-a"}, true
	for name, test := range map[string]struct {
		change  func(*Setup, fakeVault)
		refused error // its type
	}{
		"as it is":      {func(*Setup, fakeVault) {}, nil},
		"no auth mount": {func(_ *Setup, v fakeVault) { v["sys/auth"] = nil }, &NotInstalledError{}},
		"no role":       {func(_ *Setup, v fakeVault) { delete(v, "auth/kubernetes/role/vaultseal-reader") }, &NotInstalledError{}},
		"a role without policy": {func(_ *Setup, v fakeVault) {
			v["auth/kubernetes/role/vaultseal-reader"] = map[string]any{"token_policies": []any{"x"}}
		}, &NotInstalledError{}},
		"a policy of other keys":        {func(s *Setup, _ fakeVault) { s.Installation.Keys = installed(t, "other/{namespace}").Keys }, &NotInstalledError{}},
		"no key":                        {func(_ *Setup, v fakeVault) { delete(v, "vaultseal/keys/team-a") }, &NotSetUpError{}},
		"a key of an earlier namespace": {func(s *Setup, _ fakeVault) { s.setUp = nil }, &NotSetUpError{}},
	} {
		vault := installedInVault(map[string]string{"kubernetes": "acc_1"}, installation)
		vault["sys/mounts"] = map[string]any{"vaultseal/": map[string]any{"type": "transit"}}
		vault["vaultseal/keys/team-a"] = map[string]any{"type": keyType}
		s := &Setup{Installation: installation, Vault: vault, setUp: map[string]bool{"team-a": true}}
		test.change(s, vault)
		if err := s.readAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := s.checkInstalled(t.Context())
		if err == nil {
			err = s.checkReady(t.Context())
		}
		if reflect.TypeOf(err) != reflect.TypeOf(test.refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckWorkloadAccount(t *testing.T) {
	for name, test := range map[string]struct {
		allowDefault bool
		want         error
	}{
		"shop": {}, "default": {false, &DefaultAccountError{}}, "vaultseal": {true, &OwnAccountError{}},
		"vaultseal-encrypter": {false, &OwnAccountError{}}, "vaultseal-rotator-job": {false, &OwnAccountError{}},
	} {
		if err := CheckWorkloadAccount(name, test.allowDefault); reflect.TypeOf(err) != reflect.TypeOf(test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := CheckWorkloadAccount("default", true); err != nil {
		t.Error(err)
	}
}

// TestWorkloadRolesFollowTheInstallation: with --replace-roles another audience reaches them, and namespaces that no
// longer share a key lose theirs.
func TestWorkloadRolesFollowTheInstallation(t *testing.T) {
	i := installed(t, "team/app")
	vault := installedInVault(map[string]string{"kubernetes": "acc_1"}, i)
	for _, account := range []config.Account{shop, {Namespace: "team-b", Name: "shop"}, {Namespace: "gone", Name: "shop"}} {
		role := workloadRole(account)
		vault["auth/kubernetes/role/"+role.name] = canonical(role.parameters(i))
	}
	vault["auth/kubernetes/role/gone.theirs"] = map[string]any{"token_policies": []any{"x"}}
	i.Audience = "other"
	for _, test := range []struct {
		replace, denied bool
		want            []string
	}{
		{false, false, nil},
		{true, false, []string{"gone.shop deleted", "team-a.shop configured", "team-b.shop configured"}},
		{true, true, nil},
	} {
		s := Setup{Installation: i, Vault: listingVault{vault, test.denied}, ReplaceRoles: test.replace,
			Now: func() time.Time { return today }}
		if err := s.readAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
		steps, err := s.renewWorkloads(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, step := range steps {
			change, err := step.inspect(t.Context())
			if err != nil {
				t.Error(err)
			}
			got = append(got, strings.TrimPrefix(step.name(), "vault role kubernetes/")+" "+string(change.Action))
		}
		if !slices.Equal(got, test.want) || (len(s.notes) > 0) != test.denied {
			t.Errorf("%+v: %q, notes %q", test, got, s.notes)
		}
	}
}
