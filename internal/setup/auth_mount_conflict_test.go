package setup

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	ownUID   = "5f0c7a52-1111-4222-8333-944444444444"
	otherUID = "5f0c7a52-1111-4222-8333-955555555555"
)

// TestAnotherInstallationIsNotExtended: Vault decides which installation the default auth mount belongs to. A ConfigMap
// without a mount selects the default.
func TestAnotherInstallationIsNotExtended(t *testing.T) {
	for name, test := range map[string]struct {
		description string
		rotator     map[string]any
		refused     bool
	}{
		"unmarked": {"", nil, false},
		"this cluster's": {markWords + ownUID,
			map[string]any{"bound_service_account_namespaces": []any{"vaultseal-system"}}, false},
		"another cluster's": {"ours; " + markWords + otherUID,
			map[string]any{"bound_service_account_namespaces": []any{"vaultseal-system"}}, true},
		"another configuration's": {markWords + ownUID,
			map[string]any{"bound_service_account_namespaces": []any{"others"}}, true},
		"another one's, with jwt": {"",
			map[string]any{"bound_claims": map[string]any{"sub": []any{"system:serviceaccount:others:vaultseal-rotator"}}}, true},
	} {
		i := installed(t, "vaultseal/{namespace}")
		i.Cluster.UID, i.Extends = ownUID, true
		vault := fakeVault{
			"sys/auth": {"kubernetes/": map[string]any{"type": "kubernetes",
				"description": test.description}},
			"auth/kubernetes/role/vaultseal-rotator": test.rotator,
		}
		s := Setup{Installation: i, Vault: vault}
		var others *OthersMountError
		if err := s.checkMount(t.Context()); errors.As(err, &others) != test.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestScriptRefusesAnotherInstallation: its login method would be configured for this cluster, whose accounts would get
// the keys.
func TestScriptRefusesAnotherInstallation(t *testing.T) {
	const (
		description = "read -format=table -field=description sys/auth/kubernetes"
		bound       = "read -format=json -field=bound_service_account_namespaces auth/kubernetes/role/vaultseal-rotator"
		claims      = "read -format=json -field=bound_claims auth/kubernetes/role/vaultseal-rotator"
	)
	for name, test := range map[string]struct {
		method  transit.Method
		answers map[string]string
		want    string // empty: the script succeeds
	}{
		"this one": {transit.MethodKubernetes,
			map[string]string{description: "ours; " + markWords + ownUID, bound: `["vaultseal-system"]`}, ""},
		"no role": {transit.MethodKubernetes,
			map[string]string{description: "ours", bound: "null"}, ""},
		"another cluster's": {transit.MethodKubernetes, map[string]string{description: markWords + otherUID,
			bound: `["vaultseal-system"]`}, "is marked as the mount of another cluster"},
		"another configuration's": {transit.MethodKubernetes, map[string]string{bound: `["vaultseal-system-b"]`},
			"belongs to another installation"},
		"this one, with jwt": {transit.MethodJWT,
			map[string]string{claims: `{"sub": ["system:serviceaccount:vaultseal-system:vaultseal-rotator"]}`}, ""},
		"another one's, with jwt": {transit.MethodJWT,
			map[string]string{claims: `{"sub": ["system:serviceaccount:others:vaultseal-rotator"]}`},
			"belongs to another installation"},
		"another cluster's, a jwt": {transit.MethodJWT, map[string]string{description: markWords + otherUID},
			"is marked as the mount of another cluster"},
	} {
		i := installed(t, "vaultseal/{namespace}")
		i.Method, i.Cluster.UID = test.method, ownUID
		for _, replace := range []bool{false, true} {
			s := Setup{Installation: i, ReplaceRoles: replace, Now: func() time.Time { return today }}
			script, err := s.Script(typeOf)
			if err != nil {
				t.Fatal(err)
			}
			got, failure := record(t, script, test.answers)
			switch {
			case replace || test.want == "":
				if failure != "" {
					t.Errorf("%s, --replace-roles=%v: %s", name, replace, failure)
				}
			case !strings.Contains(failure, test.want) || got != "":
				t.Errorf("%s: %s\nwritten: %s", name, failure, got)
			}
		}
	}
}

// TestScriptRefusesTheMountOfAnotherCluster: an unmarked mount belongs to the cluster whose signing key or address it
// has, for the script as for setup.
func TestScriptRefusesTheMountOfAnotherCluster(t *testing.T) {
	const (
		description = "read -format=table -field=description sys/auth/kubernetes"
		host        = "read -format=json -field=kubernetes_host auth/kubernetes/config"
		keys        = "read -format=json -field=jwt_validation_pubkeys auth/kubernetes/config"
		jwks        = "read -format=json -field=jwks_url auth/kubernetes/config"
	)
	for name, test := range map[string]struct {
		method  transit.Method
		answers map[string]string
		refused bool
	}{
		"no mount":                {transit.MethodKubernetes, nil, false},
		"this address":            {transit.MethodKubernetes, map[string]string{host: `"https://api"`}, false},
		"another address":         {transit.MethodKubernetes, map[string]string{host: `"https://api.other"`}, true},
		"another address, marked": {transit.MethodKubernetes, map[string]string{host: `"https://moved"`, description: markWords + ownUID}, false},
		"this key":                {transit.MethodJWT, map[string]string{keys: "[\n  \"OLD\",\n  \"KEY\\nLINE\"\n]"}, false},
		"another key":             {transit.MethodJWT, map[string]string{keys: "[\n  \"OTHER\"\n]"}, true},
		"another key, marked":     {transit.MethodJWT, map[string]string{keys: "[\n  \"OTHER\"\n]", description: markWords + ownUID}, false},
		"no key":                  {transit.MethodJWT, map[string]string{keys: "[]", jwks: `""`}, false},
		"a URL":                   {transit.MethodJWT, map[string]string{jwks: `"https://other/keys"`}, true},
	} {
		for _, uid := range []string{ownUID, ""} {
			i := installed(t, "vaultseal/{namespace}")
			i.Method, i.Cluster.UID, i.Cluster.SigningKeys = test.method, uid, []string{"KEY\nLINE\n"}
			refused := test.refused || uid == "" && test.answers[description] != "" // the mark tells nothing
			for _, replace := range []bool{false, true} {
				s := Setup{Installation: i, ReplaceRoles: replace, Now: func() time.Time { return today }}
				script, err := s.Script(typeOf)
				if err != nil {
					t.Fatal(err)
				}
				got, failure := record(t, script, test.answers)
				switch {
				case replace || !refused:
					if failure != "" {
						t.Errorf("%s, UID %q, --replace-roles=%v: %s", name, uid, replace, failure)
					}
				case !strings.Contains(failure, "configured for another cluster") || got != "":
					t.Errorf("%s, UID %q: %s\nwritten: %s", name, uid, failure, got)
				}
			}
		}
	}
}
