package doctor

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const (
	shopTokenPath   = "POST /api/v1/namespaces/team-a/serviceaccounts/shop/token"
	shopAccountPath = "GET /api/v1/namespaces/team-a/serviceaccounts/shop"
	dbPath          = "GET /api/v1/namespaces/team-a/secrets/db"
	nodesPath       = "GET /api/v1/nodes"
)

const injectedPod = `
serviceAccountName: shop
initContainers:
- name: vaultseal
  image: example.com/vaultseal:v1
  args: [files, --vault-addr=https://vault.example, --vault-role=$(POD_NAMESPACE).shop,
    "--sealed=/vaultseal/sealed/db=db,transit-key=vaultseal/team-a,scope=strict"]
containers:
- name: app
  env: [{name: PASSWORD, valueFrom: {fileKeyRef: {volumeName: vaultseal-env, path: app/PASSWORD, key: PASSWORD}}}]
volumes:
- {name: vaultseal-sealed-db, secret: {secretName: db, items: [{key: password, path: password}]}}
- {name: vaultseal-token, projected: {sources: [{serviceAccountToken: {audience: vault, path: token}}]}}
`

const plainPod = `
serviceAccountName: shop
containers: [{name: app, env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]
`

// secretObject is a Secret whose entries have these values.
func secretObject(entries map[string]string) string {
	var data []string
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		data = append(data, fmt.Sprintf("%q:%q", name, base64.StdEncoding.EncodeToString([]byte(entries[name]))))
	}
	return `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","namespace":"team-a","labels":{"vaultseal.dev/sealed":"true"},` +
		`"annotations":{"vaultseal.dev/transit-key":"vaultseal/team-a","vaultseal.dev/scope":"strict"}},"data":{` +
		strings.Join(data, ",") + `}}`
}

func nodesOf(versions ...string) string {
	var nodes []string
	for n, version := range versions {
		nodes = append(nodes, fmt.Sprintf(`{"metadata":{"name":"n%d"},"status":{"nodeInfo":{"kubeletVersion":%q}}}`, n, version))
	}
	return `{"kind":"NodeList","apiVersion":"v1","items":[` + strings.Join(nodes, ",") + `]}`
}

var ciphertext = "vault:v1:" + base64.StdEncoding.EncodeToString(make([]byte, 64))

// newExaminedWorkload is an injected Deployment without problems.
func newExaminedWorkload(t *testing.T, pod string) *examined {
	t.Helper()
	x := newExamined()
	delete(x.flags, "transit-key")
	x.cluster[shopTokenPath] = fmt.Sprintf(`{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{"token":%q,"expirationTimestamp":%q}}`,
		plantedJWT(`{"sub":"system:serviceaccount:team-a:shop","aud":["vault"]}`), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	x.cluster[shopAccountPath] = `{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"shop","namespace":"team-a"}}`
	x.cluster[dbPath] = secretObject(map[string]string{"password": ciphertext})
	x.cluster[nodesPath] = nodesOf("v1.37.2", "v1.35.0+k3s1")
	x.workload = &Workload{Label: "deployment/shop", Account: "shop", Injected: true,
		Template: &corev1.PodTemplateSpec{}}
	if err := yaml.UnmarshalStrict([]byte(pod), &x.workload.Template.Spec); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestAWorkloadIsWell(t *testing.T) {
	x := newExaminedWorkload(t, injectedPod)
	diagnosis, err := x.run(t)
	if err != nil || diagnosis.Workload != "deployment/shop" {
		t.Fatal(err, diagnosis.Workload)
	}
	var ids []string
	for _, check := range diagnosis.Checks {
		ids = append(ids, string(check.ID))
		if check.Status != OK {
			t.Errorf("%+v", check)
		}
	}
	if got := strings.Join(ids, " "); got != "api-server workload workload-account workload-secrets workload-injected "+
		"workload-nodes configuration workload-settings service-account-token vault-address vault-certificate "+
		"vault-status proxies clock vault-login role-audience secret-opens" {
		t.Error(got)
	}
	if x.vault.auth.Role != "team-a.shop" || len(x.vault.sealed) > 0 || x.vault.revokes != 1 ||
		!slices.Equal(x.vault.rewrapped, []string{"vaultseal/team-a v1/strict/team-a/db/password"}) {
		t.Errorf("role %s, rewrapped %q", x.vault.auth.Role, x.vault.rewrapped)
	}
}

// TestBrokenWorkloads: the first failed check is the cause, and later ones that depend on it are skipped.
func TestBrokenWorkloads(t *testing.T) {
	for name, c := range map[string]struct {
		pod    string
		change func(*examined)
		fails  ID
		says   string
		also   map[ID]Status
	}{
		"no account": {injectedPod, func(x *examined) { delete(x.cluster, shopAccountPath) }, WorkloadAccount,
			"ServiceAccount team-a/shop does not exist", map[ID]Status{AccountToken: Skipped, VaultLogin: Skipped, SecretOpens: Skipped}},
		"no Secret": {injectedPod, func(x *examined) { delete(x.cluster, dbPath) }, WorkloadSecrets,
			"secret db does not exist, which volume vaultseal-sealed-db uses", nil},
		"no entry": {injectedPod, func(x *examined) { x.cluster[dbPath] = secretObject(map[string]string{"user": ciphertext}) },
			WorkloadSecrets, `secret db has no entry "password"`, nil},
		"sealed in part": {injectedPod, func(x *examined) {
			x.cluster[dbPath] = secretObject(map[string]string{"password": ciphertext, "user": "planted"})
		}, WorkloadSecrets, "secret db is sealed in part: user not sealed", nil},
		"not injected": {plainPod, func(x *examined) { x.workload.Injected = false }, WorkloadInjected,
			"its containers get ciphertext", map[ID]Status{WorkloadSettings: Skipped}},
		"injected, and reset": {plainPod, func(*examined) {}, WorkloadInjected, "it is marked as injected",
			map[ID]Status{WorkloadSettings: Skipped}},
		"no image": {strings.Replace(injectedPod, "  image: example.com/vaultseal:v1\n", "", 1), func(*examined) {},
			WorkloadInjected, "no image", nil},
		"an old node": {injectedPod, func(x *examined) { x.cluster[nodesPath] = nodesOf("v1.37.2", "v1.34.9") },
			WorkloadNodes, "variables from files need Kubernetes 1.35: older are node n1 (v1.34.9)", nil},
		"another command": {strings.Replace(injectedPod, "  args: [files,", "  command: [evil]\n  args: [files,", 1),
			func(*examined) {}, WorkloadSettings, "container vaultseal runs another command than its image", nil},
		"another audience": {strings.Replace(injectedPod, "audience: vault", "audience: other", 1), func(*examined) {},
			WorkloadSettings, `its pods have the audience "other", not "vault"`, nil},
		"another key": {strings.Replace(injectedPod, "key=vaultseal/team-a", "key=vaultseal/old", 1), func(*examined) {},
			WorkloadSettings, `its pods have the transit key of secret db "vaultseal/old", not "vaultseal/team-a"`, nil},
		"another scope": {strings.Replace(injectedPod, "scope=strict", "scope=unbound", 1), func(*examined) {},
			WorkloadSettings, "scope of secret db", nil},
		"a Secret that is not opened": {strings.Replace(injectedPod, "/db=db,", "/db=other,", 1), func(*examined) {},
			WorkloadSettings, "its containers get the ciphertext of secret db", nil},
		"no role": {injectedPod, func(x *examined) { x.vault.tokenErr = transit.ErrUnauthenticated }, VaultLogin,
			"not authenticated", map[ID]Status{SecretOpens: Skipped}},
		"tampered": {injectedPod, func(x *examined) { x.vault.rewrapErr = transit.ErrTampered }, SecretOpens,
			`secret team-a/db entry "password": `, nil},
		"a policy that rewraps only": {injectedPod, func(x *examined) {
			x.vault.capabilities = func(string) []string { return []string{"deny"} }
		}, SecretOpens, `"update" on vaultseal/decrypt/team-a`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExaminedWorkload(t, c.pod)
			c.change(x)
			diagnosis, err := x.run(t)
			if err != nil {
				t.Fatal(err)
			}
			for _, check := range diagnosis.Checks {
				want := OK
				if is, listed := c.also[check.ID]; listed {
					want = is
				}
				if check.ID == c.fails {
					want = Failed
					contains(t, check.Summary, c.says)
				}
				notNeeded := (check.ID == WorkloadNodes || check.ID == RoleAudience) && check.Status == Skipped
				if check.Status != want && !notNeeded {
					t.Errorf("%+v, want %s", check, want)
				}
				if strings.Contains(fmt.Sprintf("%+v", check), "planted") {
					t.Errorf("%+v", check)
				}
			}
		})
	}
}

// TestOtherSettingsMayBeMeant: pods may reach Vault in another way.
func TestOtherSettingsMayBeMeant(t *testing.T) {
	x := newExaminedWorkload(t, strings.NewReplacer("https://vault.example", "https://inside", "$(POD_NAMESPACE).shop",
		"own").Replace(injectedPod))
	check := x.checks(t)[WorkloadSettings]
	if check.Status != Warning {
		t.Errorf("%+v", check)
	}
	contains(t, check.Summary, `its pods have the address "https://inside", not "https://vault.example"; its pods have the role "own", not "team-a.shop"`)
	x.flags["vault-role"], x.flags["vault-addr"] = "own", "https://inside"
	if check := x.checks(t)[WorkloadSettings]; check.Status != OK || x.vault.auth.Role != "own" {
		t.Errorf("%+v", check)
	}
}

// TestEachContainerIsCompared: a container that the configuration does not describe is not hidden by one that it does.
func TestEachContainerIsCompared(t *testing.T) {
	other := "- {name: vaultseal-0, image: evil, args: [files, --vault-addr=https://evil, --vault-role=team-a.shop]}\n"
	for _, pod := range []string{
		strings.Replace(injectedPod, "- name: vaultseal\n", other+"- name: vaultseal\n", 1),
		strings.Replace(injectedPod, "containers:\n- name: app", other+"containers:\n- name: app", 1),
	} {
		check := newExaminedWorkload(t, pod).checks(t)[WorkloadSettings]
		if check.Status != Warning {
			t.Errorf("%+v", check)
		}
		contains(t, check.Summary, `its pods have the address "https://evil", not "https://vault.example"`)
	}
}

// TestWhatAUserMayNotSee is left out, and is no fault of the workload.
func TestWhatAUserMayNotSee(t *testing.T) {
	x := newExaminedWorkload(t, injectedPod)
	for _, path := range []string{shopTokenPath, shopAccountPath, dbPath, nodesPath} {
		x.cluster[path] = forbidden
	}
	checks := x.checks(t)
	want(t, checks, map[ID]Status{WorkloadAccount: Skipped, WorkloadSecrets: Skipped, WorkloadNodes: Skipped,
		AccountToken: Skipped, VaultLogin: Skipped})
	contains(t, checks[AccountToken].Summary, "no right to create tokens of ServiceAccount team-a/shop")
	x = newExaminedWorkload(t, injectedPod)
	x.flags["vault-auth-method"], x.env["VAULT_TOKEN"] = "token", plantedToken
	if checks := x.checks(t); checks[AccountToken].Status != Skipped || x.vault.logins != 0 {
		t.Errorf("%+v", checks)
	}
}

// TestAManifestThatIsInjectedLater: what inject needs is checked, as far as it can be.
func TestAManifestThatIsInjectedLater(t *testing.T) {
	x := newExaminedWorkload(t, plainPod)
	x.workload.InFile, x.workload.Injected = true, false
	x.cluster[nodesPath] = nodesOf("v1.34.1")
	checks := x.checks(t)
	want(t, checks, map[ID]Status{WorkloadInjected: Skipped, WorkloadNodes: Warning, WorkloadSettings: Skipped})
	if len(x.vault.rewrapped) != 1 || !problem[*OldKubernetesError](t, checks[WorkloadNodes]).Later {
		t.Error("not opened, or for pods that are injected")
	}
	x.workload.Template.Spec.ServiceAccountName, x.workload.Account = "", "default"
	x.cluster[strings.Replace(shopAccountPath, "shop", "default", 1)] = x.cluster[shopAccountPath]
	x.cluster[strings.Replace(shopTokenPath, "shop", "default", 1)] = x.cluster[shopTokenPath]
	check := x.checks(t)[WorkloadAccount]
	if check.Status != Warning || !errors.Is(check.problems[0], ErrDefaultAccount) {
		t.Errorf("%+v", check)
	}
}
