package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	registry    = "registry.example/"
	rotatorJob  = "vaultseal-rotator-job"      // the account that the CronJob runs as
	vaultVolume = "/var/run/secrets/vaultseal" // where its containers find a token for Vault
	developer   = "developer"                  // a user who may seal and open where setup was told so
)

// newCronJobNamespace is a namespace with all that setup makes for a CronJob of its own.
func newCronJobNamespace(t *testing.T, flags ...string) testNamespace {
	t.Helper()
	p := newTestNamespace(t)
	p.setUpJob(t, append([]string{"--namespaces=" + p.namespace}, flags...)...)
	return p
}

func (p testNamespace) setUpJob(t *testing.T, flags ...string) {
	t.Helper()
	p.setUp(t, theStack, append([]string{"--cronjob", "--image=" + registry + "vaultseal:test"}, flags...)...)
}

// setUp runs setup, as the administrator of the cluster and of that Vault, with a configuration and a login
// method of the namespace's own.
func (p testNamespace) setUp(t *testing.T, vault stack, flags ...string) {
	t.Helper()
	p.administer(t, vault, append([]string{"setup", "--vault-auth-mount=" + p.namespace, "--grant=user:" + developer},
		flags...)...)
}

func (p testNamespace) administer(t *testing.T, vault stack, args ...string) {
	t.Helper()
	env := []string{"VAULT_TOKEN=" + vault.rootToken, "VAULT_ADDR=" + vault.vaultAddr, "VAULTSEAL_TRANSIT_KEY="}
	if got := p.vaultsealWith(t, env, append(args, p.config())...); got.code != 0 {
		t.Fatalf("%s: exit code %d: %s", args[0], got.code, got.stderr)
	}
}

// develop runs a command as the developer does, who knows just where the cluster's configuration is: where the
// namespace's is, unless the arguments say otherwise.
func (p testNamespace) develop(t *testing.T, args ...string) result {
	t.Helper()
	nothing := []string{"VAULT_ADDR=", "VAULT_CACERT=", "VAULTSEAL_TRANSIT_KEY="}
	return p.vaultsealWith(t, nothing, append([]string{"--as=" + developer, p.config()}, args...)...)
}

func (p testNamespace) config() string { return "--config-namespace=" + p.namespace }

// kubectl runs it as the administrator in the namespace.
func (p testNamespace) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := theStack.kubectl("", append([]string{"--namespace", p.namespace}, args...)...)
	check(t, err)
	return out
}

// can reports whether an account of the namespace may do something, in words of kubectl auth can-i.
func (p testNamespace) can(t *testing.T, account string, words ...string) bool {
	t.Helper()
	args := []string{"--namespace", p.namespace, "--as", "system:serviceaccount:" + p.namespace + ":" + account, "auth",
		"can-i"}
	_, err := theStack.kubectl("", append(args, words...)...)
	if err != nil && !strings.HasSuffix(err.Error(), "no\n") {
		t.Fatal(err)
	}
	return err == nil
}

// template is that of the CronJob's pods, as the API server has it.
func (p testNamespace) template(t *testing.T) corev1.PodTemplateSpec {
	t.Helper()
	var cronJob batchv1.CronJob
	check(t, json.Unmarshal([]byte(p.kubectl(t, "get", "cronjob", "vaultseal-rotate", "-o", "json")), &cronJob))
	return cronJob.Spec.JobTemplate.Spec.Template
}

// container is one as the CronJob's is, of an image.
func (p testNamespace) container(t *testing.T, image string) container {
	t.Helper()
	template := p.template(t)
	template.Spec.Containers = template.Spec.Containers[:1]
	template.Spec.Containers[0].Image = registry + image
	return p.newPod(t, template).containers(t)[0]
}

// token is one of an account's; no audience: for the API server.
func (p testNamespace) token(t *testing.T, account string, audience ...string) string {
	t.Helper()
	return issue(t, p.namespace, account, authenticationv1.TokenRequestSpec{Audiences: audience})
}

// configure gives the container by its environment what the ConfigMap says.
func (p testNamespace) configure(t *testing.T, c *container) {
	t.Helper()
	c.mounts["/etc/vault"] = string(newProjection(t, map[string]string{"ca.crt": p.stackCA(t)}))
	c.env = append(c.env, "VAULT_ADDR="+theStack.vaultAddr, "VAULT_CACERT=/etc/vault/ca.crt",
		"VAULTSEAL_AUTH_MOUNT="+p.namespace, "VAULTSEAL_ROLE=vaultseal-rotator",
		"VAULTSEAL_TRANSIT_KEY=vaultseal-"+p.namespace+"/"+p.namespace)
}

// stackCA is the CA that signed Vault's certificate.
func (p testNamespace) stackCA(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(theStack.vaultCA)
	check(t, err)
	return string(text)
}

// seal makes a sealed Secret, as the developer.
func (p testNamespace) seal(t *testing.T, name string, flags ...string) {
	t.Helper()
	p.clears(t)
	file := p.file(t, "secrets.json", `{"password": "correct horse"}`)
	if got := p.develop(t, append([]string{"create", name, "-f", file}, flags...)...); got.code != 0 {
		t.Fatalf("create %s: exit code %d: %s", name, got.code, got.stderr)
	}
	p.isAt(t, name, "v1")
}

// opens: the developer can open the Secret.
func (p testNamespace) opens(t *testing.T, name string, flags ...string) {
	t.Helper()
	if got := p.develop(t, append([]string{"view", name}, flags...)...); got.code != 0 {
		t.Fatalf("view %s: exit code %d: %s", name, got.code, got.stderr)
	}
}

// clears: no Secret of the namespace stays when the test ends, as a CronJob of the whole cluster sees all.
func (p testNamespace) clears(t *testing.T) {
	t.Cleanup(func() {
		check(t, administrator(t).Secrets(p.namespace).DeleteCollection(context.Background(), metav1.DeleteOptions{},
			metav1.ListOptions{}))
	})
}

// isAt: the Secret is sealed with that version of its key.
func (p testNamespace) isAt(t *testing.T, name, version string) {
	t.Helper()
	if got := string(p.get(t, name).Data["secrets.json"]); !strings.HasPrefix(got, "vault:"+version+":") {
		t.Fatalf("secret %s is %.12q…, want version %s", name, got, version)
	}
}

// loginNames are the accounts of the namespace that have logged in at Vault since a
// position in its audit log, in order.
func (p testNamespace) loginNames(t *testing.T, since int64) []string {
	t.Helper()
	events, err := eventsSince[accountEvent](theStack.vaultAudit, since)
	check(t, err)
	var names []string
	for _, e := range events {
		if e.Type != "response" || e.Response.Auth == nil || e.Response.Auth.Metadata.Namespace != p.namespace {
			continue
		}
		names = append(names, e.Response.Auth.Metadata.Name)
	}
	return names
}

// accountEvent is a line of Vault's audit log, about a login.
type accountEvent struct {
	Type     string `json:"type"`
	Response struct {
		Auth *struct {
			Metadata struct {
				Namespace string `json:"service_account_namespace"`
				Name      string `json:"service_account_name"`
			} `json:"metadata"`
		} `json:"auth"`
	} `json:"response"`
}

// create seals so many Secrets in the namespace, with the key that it has of the stack.
func (p testNamespace) create(t *testing.T, count int) sealedSecrets {
	t.Helper()
	p.clears(t)
	c := sealedSecrets{on: theStack, namespace: p.namespace, prefix: "s", count: count, key: p.derived()}
	check(t, c.create(map[string]string{}))
	return c
}

// age makes a transit key MOUNT/NAME older, which only one that comes out of a backup can be.
func (s stack) age(t *testing.T, key string, by time.Duration) {
	t.Helper()
	mount, name := path.Split(key)
	s.write(t, mount+"keys/"+name+"/config", map[string]any{"exportable": true, "allow_plaintext_backup": true})
	text, _ := s.read(t, mount+"backup/"+name, "backup")["backup"].(string)
	backup, err := base64.StdEncoding.DecodeString(text)
	check(t, err)
	var kept map[string]any
	check(t, json.Unmarshal(backup, &kept))
	for _, version := range kept["policy"].(map[string]any)["keys"].(map[string]any) {
		of := version.(map[string]any)
		of["creation_time"] = of["creation_time"].(float64) - by.Seconds()
	}
	s.write(t, mount+"restore/"+name, map[string]any{"backup": mustJSON(kept), "force": true})
}
