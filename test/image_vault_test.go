package test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestImageVaultInCluster: a Vault that runs in the cluster reviews tokens as its own account, and is given no
// credential to keep.
func TestImageVaultInCluster(t *testing.T) {
	p, home := newTestNamespace(t), newTestNamespace(t)
	vault := home.startVault(t)
	setUp := func() {
		p.setUp(t, vault, "--vault-service-account="+home.namespace+"/vault", "--namespaces="+p.namespace)
		for !home.can(t, "vault", "create", "tokenreviews") {
			continue // the API server soon knows
		}
	}
	setUp()
	since := logEnd(t, theStack.kubeAudit)
	p.seal(t, "app")
	p.opens(t, "app")
	if got := reviewers(t, since); !slices.Equal(got, []string{"system:serviceaccount:" + home.namespace + ":vault"}) {
		t.Errorf("tokens were reviewed by %v", got)
	}
	p.keepsNoCredential(t, vault)

	p.kubectl(t, "delete", "clusterrolebinding", "vaultseal-reviewer-"+p.namespace)
	for home.can(t, "vault", "create", "tokenreviews") {
		continue
	}
	if got := p.develop(t, "view", "app"); got.code != 4 || !strings.Contains(got.stderr, "permission denied") {
		t.Errorf("without the right to review tokens: exit code %d: %s", got.code, got.stderr)
	}
	setUp()
	p.opens(t, "app")

	// A token that Vault has been given before would go before its own.
	at := "auth/" + p.namespace + "/config"
	config := vault.read(t, at, "kubernetes_host", "kubernetes_ca_cert", "disable_local_ca_jwt")
	config["token_reviewer_jwt"] = p.token(t, "vaultseal")
	vault.write(t, at, config)
	setUp()
	p.keepsNoCredential(t, vault)
	p.opens(t, "app")
}

// keepsNoCredential: Vault has none of the login method of the namespace.
func (p testNamespace) keepsNoCredential(t *testing.T, vault stack) {
	t.Helper()
	if got := vault.read(t, "auth/"+p.namespace+"/config",
		"token_reviewer_jwt_set"); got["token_reviewer_jwt_set"] != false {
		t.Errorf("the reviewer's token is kept in Vault: %v", got)
	}
}

// startVault runs a Vault as the account vault of the namespace, in a pod that kubelet gives nothing but the
// account's volume. The answer is the stack with this Vault in place of its own.
func (p testNamespace) startVault(t *testing.T) stack {
	t.Helper()
	p.kubectl(t, "create", "serviceaccount", "vault")
	pod := p.newPod(t, corev1.PodTemplateSpec{Spec: corev1.PodSpec{
		ServiceAccountName: "vault",
		Containers:         []corev1.Container{{Name: "vault", Image: "vault"}},
	}})
	c := pod.equip(t, vaultContainer(t), pod.Spec.Containers[0])
	v := &ownVault{stack: theStack, ready: filepath.Join(c.root, vaultReady)}
	v.run(t, c.command(context.Background(), t))
	return v.stack
}

const vaultReady = "/data/ready.json"

// vaultContainer holds the stack's Vault, which initialises and unseals itself, and a directory that it can write to.
func vaultContainer(t *testing.T) container {
	t.Helper()
	c := container{root: t.TempDir(), mounts: map[string]string{}}
	tls := map[string]string{}
	for _, name := range []string{"vault.crt", "vault.key"} {
		text, err := os.ReadFile(filepath.Join(theStack.dir, name))
		check(t, err)
		tls[name] = string(text)
	}
	c.mounts["/tls"], c.mounts["/vault"] = string(newProjection(t, tls)), filepath.Join(theStack.bin, "vault-server")
	check(t, os.Mkdir(filepath.Join(c.root, "data"), 0o700))
	check(t, os.Chown(filepath.Join(c.root, "data"), uid, uid))
	c.config.Config.User = "65532:65532"
	c.config.Config.Entrypoint = []string{
		"/vault", "-tls-cert", "/tls/vault.crt", "-tls-key", "/tls/vault.key", "-ready-file", vaultReady, "-log-level",
		"error",
	}
	return c
}

// reviewers are the users that have asked the API server whether a token is good since a position in its audit log,
// each once.
func reviewers(t *testing.T, since int64) []string {
	t.Helper()
	events, err := eventsSince[struct {
		ObjectRef struct {
			Resource string `json:"resource"`
		} `json:"objectRef"`
		User struct {
			Username string `json:"username"`
		} `json:"user"`
	}](theStack.kubeAudit, since)
	check(t, err)
	var names []string
	for _, e := range events {
		if e.ObjectRef.Resource == "tokenreviews" && !slices.Contains(names, e.User.Username) {
			names = append(names, e.User.Username)
		}
	}
	return names
}
