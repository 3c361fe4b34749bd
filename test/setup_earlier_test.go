package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSetupKeepsNamesOfAnEarlierVersion: the engine and the policies had other names once. An installation from then
// keeps them, and Vault tells which they are: not the ConfigMap, which is gone here.
func TestSetupKeepsNamesOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"kubernetes", "jwt"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			ns := newSetupNamespace(t)
			engine, older, newer := "vaultseal-"+ns.mount+"-old", ns.mount+"-old", ns.mount+".2fold"
			ns.mount += "/old"
			flags := []string{
				"--config-namespace=" + ns.system, "--vault-auth-method=" + method, "--vault-auth-mount=" + ns.mount,
				"--vault-addr=" + theStack.vaultAddr, "--vault-ca-cert=" + theStack.vaultCA,
			}
			ns.setup(t, append(flags, "--transit-key="+engine+"/{namespace}")...)
			ns.namePolicies(t, newer, older)
			secret := filepath.Join(t.TempDir(), "secrets.json")
			check(t, os.WriteFile(secret, []byte(`{"password": "earlier-horse"}`), 0o600))
			ns.must(t, "create", "-f", secret, flags[0])
			if stdout, _ := ns.setup(t, flags...); strings.Contains(stdout, " created\n") ||
				strings.Contains(stdout, " configured\n") {
				t.Errorf("setup with the ConfigMap of an earlier version:\n%s", stdout)
			}
			_, err := theStack.kubectl("", "delete", "configmap", "vaultseal", "--namespace", ns.system)
			check(t, err)

			stdout, stderr := ns.setup(t, flags...)
			if strings.Count(stdout, " created\n") != 1 || strings.Contains(stdout, " configured\n") ||
				!strings.Contains(stdout, "ConfigMap "+ns.system+"/vaultseal created\n") {
				t.Errorf("setup of what an earlier version made:\n%s", stdout)
			}
			if !strings.Contains(stderr, "the transit engine "+engine) {
				t.Errorf("setup does not say that the engine stays: %s", stderr)
			}
			if exists := theStack.read(t, "sys/mounts", "vaultseal-"+newer+"/"); exists["vaultseal-"+newer+"/"] != nil {
				t.Error("there is a second engine")
			}
			if text := ns.must(t, "view", "secrets", "secrets.json", flags[0]); !strings.Contains(text,
				"earlier-horse") {
				t.Error("view does not show the value")
			}
		})
	}
}

// namePolicies gives the installation's policies the names that begin with another prefix.
func (p setupNamespace) namePolicies(t *testing.T, from, to string) {
	t.Helper()
	for _, role := range []string{"vaultseal", "vaultseal-reader", "vaultseal-rotator"} {
		text := theStack.read(t, "sys/policies/acl/"+from+"-"+role, "policy")
		if text["policy"] == nil {
			t.Fatalf("there is no policy %s-%s", from, role)
		}
		p.write(t, "sys/policies/acl/"+to+"-"+role, map[string]any{"policy": text["policy"]})
		at := "auth/" + p.mount + "/role/" + role
		parameters := theStack.read(t, at, "token_policies", "bound_claims", "bound_claims_type", "bound_audiences",
			"claim_mappings", "role_type", "user_claim",
			"audience", "bound_service_account_names", "bound_service_account_namespaces", "token_ttl",
			"token_no_default_policy")
		parameters["token_policies"] = []string{to + "-" + role}
		for name, value := range parameters {
			if value == nil {
				delete(parameters, name)
			}
		}
		p.write(t, at, parameters)
		_, err := theStack.vaultRequest(t.Context(), "DELETE", "sys/policies/acl/"+from+"-"+role, nil)
		check(t, err)
	}
}
