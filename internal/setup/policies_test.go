package setup

import (
	"slices"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// installed is an installation with a key for each namespace, or the shared key that is named.
func installed(t *testing.T, keys string) Installation {
	t.Helper()
	template, err := sealed.ParseKeyTemplate(keys)
	if err != nil {
		t.Fatal(err)
	}
	return Installation{
		Method: transit.MethodKubernetes, AuthMount: "kubernetes", Audience: "vault", Keys: template,
		System: "vaultseal-system", Namespaces: []string{"team-a", "team-b"},
		Address: map[string]string{"vault-addr": "https://vault"},
		Cluster: Cluster{Host: "https://api", CA: "PEM", SigningKeys: []string{"KEY"}},
	}
}

// grants are a policy's rules, as "CAPABILITY PATH".
func grants(t *testing.T, i Installation, role string) []string {
	t.Helper()
	for _, p := range i.policies("acc_1") {
		if p.name == i.policyName(role) {
			var found []string
			for _, r := range p.rules {
				found = append(found, r.capability+" "+r.path)
			}
			return found
		}
	}
	return nil
}

func TestPoliciesOfAKeyForEachNamespace(t *testing.T) {
	i := installed(t, "vaultseal/{namespace}")
	i.EncryptOnly = true
	const theirs = "{{identity.entity.aliases.acc_1.metadata.service_account_namespace}}"
	for role, want := range map[string][]string{
		sealerName: {"update vaultseal/encrypt/" + theirs, "update vaultseal/decrypt/" + theirs,
			"update vaultseal/rewrap/" + theirs, "read vaultseal/keys/" + theirs},
		readerName:    {"update vaultseal/decrypt/" + theirs, "update vaultseal/rewrap/" + theirs},
		encrypterName: {"update vaultseal/encrypt/" + theirs, "read vaultseal/keys/" + theirs},
		rotatorName:   {"update vaultseal/rewrap/+", "read vaultseal/keys/+", "update vaultseal/keys/+/rotate"},
	} {
		if got := grants(t, i, role); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", role, got, want)
		}
	}
}

func TestPoliciesOfASharedKey(t *testing.T) {
	i := installed(t, "transit/app")
	i.AllowRetire = true
	if want, got := []string{"update transit/decrypt/app", "update transit/rewrap/app"},
		grants(t, i, readerName); !slices.Equal(got, want) {
		t.Errorf("reader: %q, want %q", got, want)
	}
	want := []string{"update transit/rewrap/app", "read transit/keys/app", "update transit/keys/app/rotate",
		"update transit/keys/app/config"}
	if got := grants(t, i, rotatorName); !slices.Equal(got, want) {
		t.Errorf("rotator: %q, want %q", got, want)
	}
	if got := grants(t, i, encrypterName); got != nil {
		t.Errorf("a role that may only encrypt, unasked: %q", got)
	}
}

func TestPolicyText(t *testing.T) {
	p := policy{"r", "p", "Says so.", []rule{{"a/config", "update", []string{"min_decryption_version"}}}}
	want := `# Says so.
path "a/config" {
  capabilities = ["update"]
  allowed_parameters = {
    "min_decryption_version" = []
  }
}
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
`
	if got := p.text(); got != want {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
	if p.text() != want {
		t.Error("a second text differs")
	}
}

func TestKeysOfEachNamespace(t *testing.T) {
	for keys, want := range map[string]string{"vaultseal/{namespace}": "vaultseal/team-a vaultseal/team-b",
		"app": "transit/app"} {
		found, err := installed(t, keys).keys()
		var names []string
		for _, key := range found {
			names = append(names, key.String())
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("keys of %s: %s, %v; want %s", keys, got, err, want)
		}
	}
}
