package setup

import (
	"reflect"
	"slices"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func roleOf(t *testing.T, i Installation, name string) role {
	t.Helper()
	for _, r := range i.roles() {
		if r.name == name {
			return r
		}
	}
	t.Fatalf("no role %s", name)
	return role{}
}

func TestASharedKeyIsForItsNamespacesOnly(t *testing.T) {
	shared, each := installed(t, "transit/app"), installed(t, "vaultseal/{namespace}")
	if got := roleOf(t, shared, sealerName).namespaces; !slices.Equal(got, []string{"team-a", "team-b"}) {
		t.Errorf("shared key: namespaces %q", got)
	}
	if got := roleOf(t, each, sealerName).namespaces; !slices.Equal(got, []string{"*"}) {
		t.Errorf("a key each: namespaces %q", got)
	}
	for _, i := range []Installation{shared, each} {
		if got := roleOf(t, i, rotatorName).namespaces; !slices.Equal(got, []string{"vaultseal-system"}) {
			t.Errorf("rotator: namespaces %q", got)
		}
	}
}

func TestRoleParameters(t *testing.T) {
	i := installed(t, "transit/app")
	got := canonical(roleOf(t, i, rotatorName).parameters(i))
	want := map[string]any{
		"audience":                         "vault",
		"bound_service_account_names":      []any{"vaultseal-rotator", "vaultseal-rotator-job"},
		"bound_service_account_namespaces": []any{"vaultseal-system"},
		"token_policies":                   []any{"kubernetes-vaultseal-rotator"},
		"token_ttl":                        10.0,
		"token_no_default_policy":          true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("kubernetes: %v, want %v", got, want)
	}
	i.Method, i.AuthMount = transit.MethodJWT, "jwt"
	got = canonical(roleOf(t, i, readerName).parameters(i))
	subjects := []any{"system:serviceaccount:team-a:vaultseal-reader", "system:serviceaccount:team-b:vaultseal-reader"}
	if claims := got["bound_claims"]; !reflect.DeepEqual(claims, map[string]any{"sub": subjects}) {
		t.Errorf("jwt: bound_claims %v", claims)
	}
	if got["bound_claims_type"] != "glob" || got["user_claim"] != "sub" ||
		!reflect.DeepEqual(got["bound_audiences"], []any{"vault"}) {
		t.Errorf("jwt: %v", got)
	}
}

func TestBoundNamespaces(t *testing.T) {
	i := installed(t, "transit/app")
	for _, method := range []transit.Method{transit.MethodKubernetes, transit.MethodJWT} {
		i.Method = method
		is := canonical(roleOf(t, i, sealerName).parameters(i))
		if got := boundNamespaces(is); !slices.Equal(got, []string{"team-a", "team-b"}) {
			t.Errorf("%s: %q", method, got)
		}
	}
	if got := boundNamespaces(map[string]any{"bound_claims": map[string]any{"sub": "system:serviceaccount:one:vaultseal"}}); !slices.Equal(got, []string{"one"}) {
		t.Errorf("a single subject: %q", got)
	}
	if got := boundNamespaces(nil); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
}

func TestCanonicalDoesNotMindOrderAndSpace(t *testing.T) {
	a := canonical(map[string]any{"list": []string{"b", "a"}, "text": "PEM\n", "ttl": 10,
		"map": map[string]any{"sub": []string{"y", "x"}}})
	b := canonical(map[string]any{"list": []any{"a", "b"}, "text": "PEM", "ttl": 10.0,
		"map": map[string]any{"sub": []any{"x", "y"}}})
	if diff := diffYAML(a, b); diff != "" {
		t.Errorf("they differ:\n%s", diff)
	}
	if diff := diffYAML(a, canonical(map[string]any{"list": []string{"a"}})); diff == "" {
		t.Error("a list without a member is taken for the same")
	}
}
