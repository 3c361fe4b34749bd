package test

import (
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// TestClusters runs the guide's shell blocks with both login methods: two clusters, and a third in place of the first,
// which is ended, on one Vault.
func TestClusters(t *testing.T) {
	t.Parallel()
	for _, guide := range guides.Of(t.Name()) {
		for _, method := range []string{"kubernetes", "jwt"} {
			t.Run(method, func(t *testing.T) {
				t.Parallel()
				followClusters(t, guide, method)
			})
		}
	}
}

func followClusters(t *testing.T, guide guides.Guide, method string) {
	t.Helper()
	c := newClusters(t, method)
	whole, err := guide.Script(guides.Root)
	check(t, err)
	var run strings.Builder
	follow := func(heading string) string {
		script, err := guides.Section(guides.Root, guide.Path, heading)
		check(t, err)
		run.WriteString(script)
		return c.vault.runScriptIn(t, c.dir, script, c.variables()...)
	}
	blue := c.add(t, "blue")
	c.add(t, "green")
	const keys = " --transit-key 'vaultseal/{namespace}' --namespaces default"
	said := follow("Share keys")
	sayAll(t, said, "vault engine vaultseal created", "vault key users vaultseal configured",
		"note: transit keys vaultseal/{namespace} are also used by the installation of auth mount blue", "correct horse")
	sayAll(t, follow("Rotate"), "vaultseal/default   yes       v1     v2", "2 entries in 2 Secrets checked: all open")

	said = follow("Disable old versions")
	sayAll(t, said, "vaultseal/default: v2 is the oldest version that opens, no longer v1",
		"warning: transit key vaultseal/default is also used by the installation of auth mount green: Secrets there "+
			"that need versions below v2 will not open",
		"error: open secret default/session", "hint: lower min_decryption_version to open it, then rewrap: vault write "+
			"vaultseal/keys/default/config min_decryption_version=1", "it does not open: exit code 1",
		"is also used by the installation of auth mount blue")
	if warned, retired := strings.Index(said, "auth mount green"), strings.Index(said, "no longer v1"); warned > retired {
		t.Errorf("it warns after it has disabled versions:\n%s", said)
	}

	login := c.tokenOf(t, "blue")
	_, err = c.vault.vaultLogin(t.Context(), "auth/blue/login", login)
	check(t, err)
	blue.Kill()
	c.add(t, "new")
	c.refused(t, "setup --context new --vault-auth-mount blue"+keys, "it is marked as the mount of another cluster",
		"vault key vaultseal/default: it exists, and namespace default is not set up",
		"if the other cluster is lost, add --replace-roles --reuse-keys")
	c.refused(t, "setup --context new --vault-auth-mount new"+keys, "vault engine vaultseal: it exists",
		"it is used by the installations of auth mounts blue, green", "add --reuse-keys")
	said = follow("A cluster that is lost")
	if _, err := c.vault.vaultLogin(t.Context(), "auth/blue/login", login); err == nil {
		t.Error("Vault accepts a token of the cluster that is lost")
	}
	sayAll(t, said, "vault cluster mark blue configured", "vault key users vaultseal unchanged", "correct horse",
		"1 entry in 1 Secret checked: all open")
	sayAll(t, follow("Keep clusters apart"), "vault engine vaultseal-green created", "denied by vault policy",
		"it does not open: exit code 4")
	if run.String() != whole {
		t.Error("the guide has shell blocks in other sections, or in another order")
	}
}

// refused runs a command that must change nothing in Vault.
func (c *clusters) refused(t *testing.T, command string, wants ...string) {
	t.Helper()
	state := func() string {
		return string(mustJSON(c.vault.read(t, "sys/auth", "blue/", "green/", "new/"))) +
			string(mustJSON(c.vault.read(t, "sys/mounts", "vaultseal/")))
	}
	before := state()
	said := c.vault.runScriptIn(t, c.dir, "! kubectl vaultseal "+command, c.variables()...)
	sayAll(t, said, wants...)
	if state() != before {
		t.Errorf("%s changed Vault: %s", command, state())
	}
}

// tokenOf is the body of a login of the sealer in a cluster.
func (c *clusters) tokenOf(t *testing.T, context string) []byte {
	t.Helper()
	s := theStack
	s.kubeconfig = c.kubeconfig()
	token, err := s.kubectl("", "--context", context, "create", "token", "vaultseal", "--audience", "vault")
	check(t, err)
	return mustJSON(map[string]string{"role": "vaultseal", "jwt": strings.TrimSpace(token)})
}

func sayAll(t *testing.T, said string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(said, want) {
			t.Fatalf("it does not say %q:\n%s", want, said)
		}
	}
}

// clusters are API servers with one Vault, and a kubeconfig with a context for each.
type clusters struct {
	vault   *ownVault
	method  string
	dir     string
	prefix  string // of their data in etcd
	kubectl *clientcmdapi.Config
}

func newClusters(t *testing.T, method string) *clusters {
	t.Helper()
	return &clusters{vault: newOwnVault(t), method: method, dir: t.TempDir(), prefix: newName(),
		kubectl: clientcmdapi.NewConfig()}
}

func (c *clusters) kubeconfig() string { return filepath.Join(c.dir, ".kubeconfig") }

func (c *clusters) variables() []string {
	return []string{"KUBECONFIG=" + c.kubeconfig(), "VAULT_ADDR=" + c.vault.vaultAddr, "VAULT_CACERT=" + c.vault.vaultCA,
		"VAULTSEAL_AUTH_METHOD=" + c.method, "VAULTSEAL_TRANSIT_KEY="}
}

// add starts a cluster: with data of its own in etcd it has another UID, and it signs tokens with a key of its own.
func (c *clusters) add(t *testing.T, name string) *ownKube {
	t.Helper()
	key := signingKey(t)
	kube := newOwnKube(t, "--etcd-prefix=/"+c.prefix+"-"+name, "--service-account-signing-key-file="+key,
		"--service-account-key-file="+key)
	config, err := clientcmd.LoadFromFile(kube.kubeconfig)
	check(t, err)
	context := config.Contexts[config.CurrentContext]
	c.kubectl.Clusters[name] = config.Clusters[context.Cluster]
	c.kubectl.AuthInfos[name] = config.AuthInfos[context.AuthInfo]
	c.kubectl.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: "default"}
	check(t, clientcmd.WriteToFile(*c.kubectl, c.kubeconfig()))
	return kube
}
