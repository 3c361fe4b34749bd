package setup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// installedInVault is a Vault with the auth mounts, and roles and policies of installations.
func installedInVault(mounts map[string]string, installations ...Installation) fakeVault {
	list := map[string]any{}
	for mount, accessor := range mounts {
		list[mount+"/"] = map[string]any{"type": "kubernetes", "accessor": accessor}
	}
	vault := fakeVault{"sys/auth": list}
	for _, i := range installations {
		for _, r := range i.roles() {
			vault["auth/"+i.AuthMount+"/role/"+r.name] = map[string]any{"token_policies": []any{i.policyName(r.name)}}
		}
		for _, p := range i.policies(mounts[i.AuthMount]) {
			vault["sys/policies/acl/"+strings.ToLower(p.name)] = map[string]any{"policy": p.text()}
		}
	}
	return vault
}

// earlier is an installation that an earlier version has made.
func earlier(t *testing.T, method transit.Method, mount string) Installation {
	t.Helper()
	i := installed(t, Installation{Method: method, AuthMount: mount}.olderKeys())
	i.Method, i.AuthMount, i.policyPrefix = method, mount, olderSafe(mount)
	return i
}

func TestAnInstallationOfAnEarlierVersionKeepsItsNames(t *testing.T) {
	for name, test := range map[string]struct {
		before, keys, policies string // engine and prefix that it keeps
		method                 transit.Method
	}{
		"usual":            {"kubernetes", "vaultseal/{namespace}", "kubernetes", transit.MethodKubernetes},
		"the mount jwt":    {"jwt", "vaultseal/{namespace}", "jwt", transit.MethodJWT},
		"a mount of parts": {"a/b", "vaultseal-a-b/{namespace}", "a-b", transit.MethodKubernetes},
		"capitals":         {"Prod", "vaultseal-Prod/{namespace}", "Prod", transit.MethodKubernetes},
	} {
		before := earlier(t, test.method, test.before)
		s := Setup{Installation: installed(t, DefaultKeys(test.before)),
			Vault: installedInVault(map[string]string{test.before: "acc_1"}, before)}
		s.Installation.Method, s.Installation.AuthMount, s.Installation.Unsaid.Keys = test.method, test.before, true
		if err := s.keepNames(t.Context()); err != nil {
			t.Fatal(err)
		}
		i := s.Installation
		if i.Keys.String() != test.keys || i.policyName("x") != test.policies+"-x" || !s.access.opens(i) {
			t.Errorf("%s: keys %s, policies %s, opens %v", name, i.Keys, i.policyName("x"), s.access.opens(i))
		}
	}
}

func TestANewInstallationHasNamesOfItsOwn(t *testing.T) {
	vault := installedInVault(map[string]string{"kubernetes": "acc_1", "a/b": "acc_2"},
		earlier(t, transit.MethodKubernetes, "kubernetes"), earlier(t, transit.MethodKubernetes, "a/b"))
	for mount, method := range map[string]transit.Method{"jwt": transit.MethodJWT, "a-b": transit.MethodKubernetes,
		"a_b": transit.MethodKubernetes} {
		s := Setup{Installation: installed(t, DefaultKeys(mount)), Vault: vault}
		s.Installation.Method, s.Installation.AuthMount, s.Installation.Unsaid.Keys = method, mount, true
		if err := s.keepNames(t.Context()); err != nil {
			t.Fatal(err)
		}
		if i := s.Installation; i.Keys.String() != DefaultKeys(mount) || i.policyName("x") != safe(mount)+"-x" ||
			s.access.opens(i) {
			t.Errorf("%s: keys %s, policies %s", mount, i.Keys, i.policyName("x"))
		}
	}
}

// TestPoliciesThatTwoInstallationsGotAreKeptByNone: an earlier version gave a/b and a-b the same policies.
func TestPoliciesThatTwoInstallationsGotAreKeptByNone(t *testing.T) {
	one, other := earlier(t, transit.MethodKubernetes, "a/b"), earlier(t, transit.MethodKubernetes, "a-b")
	one.AllowRetire = true
	s := Setup{Installation: one, Vault: installedInVault(map[string]string{"a/b": "acc_1", "a-b": "acc_2"},
		other, one)}
	s.Installation.policyPrefix, s.Installation.AllowRetire, s.Installation.Unsaid.AllowRetire = "", false, true
	if err := s.keepNames(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.keepVault(t.Context()); err != nil || !s.Installation.AllowRetire {
		t.Errorf("the right to retire is gone: %v", err)
	}
	if i := s.Installation; i.policyName("x") != "a.2fb-x" || !s.access.opens(i) || len(s.notes) != 1 {
		t.Errorf("policies %s, opens %v, notes %q", i.policyName("x"), s.access.opens(i), s.notes)
	}
}

// TestSetupDoesNotMoveToTheDefaultKeys: the policies show which keys an installation has.
func TestSetupDoesNotMoveToTheDefaultKeys(t *testing.T) {
	for _, test := range []struct {
		has, gets string
		unsaid    bool
		used      string // empty: no error
	}{
		{"vaultseal/{namespace}", "vaultseal/{namespace}", true, ""},
		{"team/k-{namespace}", "vaultseal/{namespace}", true, "team/k-{namespace}"},
		{"team/app", "vaultseal/{namespace}", true, "team/app"},
		{"team/{namespace}", "vaultseal/{namespace}", false, ""},
	} {
		s := Setup{Installation: installed(t, test.gets),
			Vault: installedInVault(map[string]string{"kubernetes": "acc_1"}, installed(t, test.has))}
		s.Installation.Unsaid.Keys = test.unsaid
		if err := s.readAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := s.checkUsedKeys(t.Context())
		var used *UsedKeysError
		if errors.As(err, &used) != (test.used != "") || used != nil &&
			(used.Used != test.used || used.Default != test.gets) {
			t.Errorf("%s: %v", test.has, err)
		}
	}
}

// hidingVault denies the reading of one path.
type hidingVault struct {
	fakeVault

	hidden string
}

func (v hidingVault) Read(ctx context.Context, path string) (map[string]any, error) {
	if path == v.hidden {
		return nil, transit.ErrDenied
	}
	return v.fakeVault.Read(ctx, path)
}

// TestAPolicyThatCannotBeReadGivesNoAccess, and does not end the checks.
func TestAPolicyThatCannotBeReadGivesNoAccess(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	vault := installedInVault(map[string]string{"kubernetes": "acc_1"}, i)
	role := vault["auth/kubernetes/role/"+readerName]
	role["token_policies"] = append(role["token_policies"].([]any), "extra")
	s := Setup{Installation: i, Vault: hidingVault{vault, "sys/policies/acl/extra"}}
	if err := s.readAccess(t.Context()); err != nil || !s.access.known || !s.access.opens(i) {
		t.Errorf("known %v, opens its own keys %v, %v", s.access.known, s.access.opens(i), err)
	}
	if other := installed(t, "team/{namespace}"); s.access.opens(other) {
		t.Error("it opens keys of which no policy says so")
	}
}

// TestAccessIsWhatThePoliciesOfTheRolesSay, not what policies are called.
func TestAccessIsWhatThePoliciesOfTheRolesSay(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	another := installed(t, "team/{namespace}")
	for name, test := range map[string]struct {
		change func(fakeVault)
		asked  Installation
		opens  bool
	}{
		"as setup makes it":      {func(fakeVault) {}, i, true},
		"other keys":             {func(fakeVault) {}, another, false},
		"the auth mount is gone": {func(v fakeVault) { v["sys/auth"] = map[string]any{} }, i, false},
		"it was made again": {func(v fakeVault) {
			v["sys/auth"] = map[string]any{"kubernetes/": map[string]any{"accessor": "acc_9"}}
		}, i, false},
		"roles without the policies": {func(v fakeVault) {
			for _, role := range allRoles() {
				v["auth/kubernetes/role/"+role] = map[string]any{"token_policies": []any{"other"}}
			}
		}, i, false},
		"no roles": {func(v fakeVault) {
			for _, role := range allRoles() {
				delete(v, "auth/kubernetes/role/"+role)
			}
		}, i, false},
		"one policy was changed": {func(v fakeVault) { v["sys/policies/acl/kubernetes-vaultseal"] = map[string]any{"policy": ""} }, i, true},
	} {
		vault := installedInVault(map[string]string{"kubernetes": "acc_1"}, i)
		test.change(vault)
		s := Setup{Installation: test.asked, Vault: vault}
		if err := s.readAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.access.opens(test.asked); got != test.opens {
			t.Errorf("%s: opens %v", name, got)
		}
	}
}

// TestWhatExistsIsMadeInThisOrder: in Vault each thing exists only if the one before it does, so a setup that was
// killed can be told from another installation.
func TestWhatExistsIsMadeInThisOrder(t *testing.T) {
	s := Setup{Installation: installed(t, "vaultseal/{namespace}"), Vault: fakeVault{}}
	s.Installation.Reviewer = config.Account{Namespace: "vault", Name: "vault"}
	settings, err := s.settings()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, one := range settings {
		kinds = append(kinds, one.kind)
	}
	want := []string{"auth method", authConfigKind, "role", "policy", "engine", "key"}
	if got := slices.Compact(kinds); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
