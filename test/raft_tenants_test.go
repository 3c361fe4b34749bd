package test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tenants are namespaces with a transit key and some sealed Secrets each, and one Vault role for all.
type tenants struct {
	sealedNamespace

	cluster *raftCluster
	secrets []sealedSecrets
	logins  *loginRecorder
	lost    map[string]bool // accessors of tokens that are valid and cannot be revoked
}

// newTenants makes them; what they run speaks to Vault by way of a balancer.
func newTenants(t *testing.T, c *raftCluster, balancer string, count, secrets int) *tenants {
	t.Helper()
	base := newName()
	on := c.on()
	all := &tenants{cluster: c, lost: map[string]bool{},
		sealedNamespace: sealedNamespace{sealedSecrets: sealedSecrets{on: on, namespace: base},
			plugin: "kubectl-vaultseal"}}
	for i := range count {
		name := base + "-" + strconv.Itoa(i)
		check(t, theStack.addNamespace(name))
		t.Cleanup(func() { empty(t, name) })
		one := sealedSecrets{on: on, namespace: name, prefix: "s", count: secrets, key: name + "-derived"}
		on.newKey(t, one.key, true)
		check(t, one.create(map[string]string{"test": base}))
		all.secrets = append(all.secrets, one)
	}
	all.grant(t, "1h")
	all.logins = newLoginRecorder(t, balancer)
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	check(t, theStack.kubeconfigFor(kubeconfig, all.secrets[0].namespace))
	all.env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "VAULT_ADDR="+all.logins.URL, "VAULT_CACERT="+on.vaultCA,
		"VAULTSEAL_TRANSIT_KEY=transit/{namespace}-derived", "VAULTSEAL_AUTH_METHOD=jwt",
		"VAULTSEAL_ROLE="+base, "VAULTSEAL_SERVICE_ACCOUNT="+all.secrets[0].namespace+"/vaultseal")
	return all
}

// grant makes the role. A token that lives longer than any test is gone only when it was revoked.
func (a *tenants) grant(t *testing.T, ttl string) {
	t.Helper()
	a.on.write(t, "auth/jwt/role/"+a.namespace, map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"},
		"bound_claims":   map[string]string{"sub": "system:serviceaccount:" + a.secrets[0].namespace + ":vaultseal"},
		"claim_mappings": map[string]string{"/kubernetes.io/namespace": "service_account_namespace"},
		"token_policies": []string{"vaultseal", "vaultseal-rotator", "vaultseal-retirer"},
		"token_ttl":      ttl, "token_no_default_policy": true,
	})
}

// empty deletes the Secrets of a namespace: no controller does it when the namespace is deleted, and retiring looks
// at all there are.
func empty(t *testing.T, namespace string) {
	t.Helper()
	core, err := theStack.core()
	check(t, err)
	check(t, core.Secrets(namespace).DeleteCollection(context.Background(), metav1.DeleteOptions{},
		metav1.ListOptions{}))
	theStack.dropNamespace(namespace)
}

// rotate is the command over all of them.
func (a *tenants) rotate(more ...string) []string {
	return append([]string{"rotate", "-A", "-l", "test=" + a.namespace}, more...)
}

// versions of all transit keys.
func (a *tenants) versions(t *testing.T) map[string]keyVersions {
	t.Helper()
	all := map[string]keyVersions{}
	for _, one := range a.secrets {
		all[one.key] = a.on.versions(t, one.key)
	}
	return all
}

// rotatedOnce: each key has exactly one version more than before.
func (a *tenants) rotatedOnce(t *testing.T, before map[string]keyVersions) {
	t.Helper()
	for key, now := range a.versions(t) {
		if now.Latest != before[key].Latest+1 {
			t.Errorf("transit key %s went from version %d to %d", key, before[key].Latest, now.Latest)
		}
	}
}

// current: every Secret opens to its own bytes, at its key's latest version.
func (a *tenants) current(t *testing.T) {
	t.Helper()
	for _, one := range a.secrets {
		one.atVersion(t, strconv.Itoa(a.on.versions(t, one.key).Latest))
	}
}

// opens: every Secret opens to its own bytes.
func (a *tenants) opens(t *testing.T) {
	t.Helper()
	for _, one := range a.secrets {
		_, err := one.openAll()
		check(t, err)
	}
}

// revoked: no token lives that the plugin was given since this was last asked. A token that was lost on the way to it
// may.
func (a *tenants) revoked(t *testing.T) {
	t.Helper()
	answered := a.logins.answered()
	if len(answered) == 0 {
		t.Error("the plugin has not logged in")
	}
	for _, accessor := range a.living(t) {
		if answered[accessor] {
			t.Errorf("one of %d Vault tokens that the plugin was given was not revoked", len(answered))
		} else if !a.lost[accessor] {
			t.Log("a token lives whose login's answer was lost")
		}
		a.lost[accessor] = true
	}
}

// living are the accessors of the tokens with the tenants' role.
func (a *tenants) living(t *testing.T) []string {
	t.Helper()
	text, err := a.on.vaultRequest(context.Background(), "LIST", "auth/token/accessors", nil)
	check(t, err)
	var list struct {
		Data struct {
			Keys []string `json:"keys"`
		} `json:"data"`
	}
	check(t, json.Unmarshal(text, &list))
	var living []string
	for _, accessor := range list.Data.Keys {
		text, err := a.on.vaultRequest(context.Background(), "POST", "auth/token/lookup-accessor",
			mustJSON(map[string]string{"accessor": accessor}))
		if err != nil {
			continue // it has just ended
		}
		var token struct {
			Data struct {
				Meta map[string]string `json:"meta"`
			} `json:"data"`
		}
		check(t, json.Unmarshal(text, &token))
		if token.Data.Meta["role"] == a.namespace {
			living = append(living, accessor)
		}
	}
	return living
}

// retirements are what `rotate --retire -o json` says of the oldest versions.
type retirements struct {
	Retirements []struct {
		TransitKey, State      string
		Reason                 string
		Retired                bool
		FromVersion, ToVersion int
	}
}

// minimums: Vault's oldest versions are those of the report.
func (a *tenants) minimums(t *testing.T, rotate *process) {
	t.Helper()
	var report retirements
	if err := json.Unmarshal(rotate.stdout.Bytes(), &report); err != nil {
		t.Errorf("report: %v; stderr: %s", err, brief(rotate.stderr.String()))
		return
	}
	if len(report.Retirements) != len(a.secrets) {
		t.Errorf("%d keys in the report of retirements, want %d", len(report.Retirements), len(a.secrets))
	}
	for _, row := range report.Retirements {
		got := a.on.versions(t, strings.TrimPrefix(row.TransitKey, "transit/")).MinDecryption
		was, is := got == row.FromVersion, got == row.ToVersion
		if is != row.Retired && row.State != "unknown" || !was && !is {
			t.Errorf("oldest version of %s: %d; the report says: %+v", row.TransitKey, got, row)
		}
	}
}
