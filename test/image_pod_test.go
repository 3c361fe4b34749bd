package test

import (
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Where a pod's containers find what kubelet gives them.
const (
	accountVolume = "/var/run/secrets/kubernetes.io/serviceaccount"
	vaultVolume   = "/var/run/secrets/vaultseal"
	vaultToken    = vaultVolume + "/token"
)

// rotatorJob is the account that the CronJob of a place runs as.
const rotatorJob = "vaultseal-rotator-job"

// jobPlace is a place with what setup gives a CronJob: an account of its own,
// that may get, list and patch Secrets, mints no tokens, and has a Vault role;
// and the ConfigMap of the cluster's configuration, in the place's namespace.
func newJobPlace(t *testing.T) place {
	t.Helper()
	p := newPlace(t)
	p.account(t, rotatorJob)
	mayWorkOnSecrets := []map[string]any{
		{"apiGroups": []string{""}, "resources": []string{"secrets"}, "verbs": []string{"get", "list", "patch"}},
		{"apiGroups": []string{""}, "resources": []string{"configmaps"}, "verbs": []string{"get"}},
	}
	p.create(t, map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
		"metadata": map[string]any{"name": rotatorJob}, "rules": mayWorkOnSecrets,
	})
	p.kubectl(t, "create", "rolebinding", rotatorJob, "--role", rotatorJob, "--serviceaccount", p.namespace+":"+rotatorJob)
	p.jobRole(t, "10s", rotatorJob)
	p.create(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "vaultseal"},
		"data": map[string]string{
			"vault-addr": theStack.vaultAddr, "vault-ca.crt": p.stackCA(t),
			"rotator-role": p.namespace, "transit-key": "transit/" + p.derived(),
		},
	})
	return p
}

// kubectl runs it as the administrator in the place's namespace.
func (p place) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := theStack.kubectl("", append([]string{"--namespace", p.namespace}, args...)...)
	check(t, err)
	return out
}

func (p place) create(t *testing.T, object map[string]any) {
	t.Helper()
	_, err := theStack.kubectl(string(mustJSON(object)), "--namespace", p.namespace, "create", "-f", "-")
	check(t, err)
}

func (p place) account(t *testing.T, name string) {
	t.Helper()
	p.kubectl(t, "create", "serviceaccount", name)
}

// jobRole makes the place's Vault role, for these accounts.
func (p place) jobRole(t *testing.T, ttl string, accounts ...string) {
	t.Helper()
	theStack.write(t, "auth/kubernetes/role/"+p.namespace, map[string]any{
		"bound_service_account_names": accounts, "bound_service_account_namespaces": []string{p.namespace},
		"audience": "vault", "token_policies": []string{"vaultseal-rotator"}, "token_ttl": ttl, "token_no_default_policy": true,
	})
}

// token is one of an account's; no audience: for the API server.
func (p place) token(t *testing.T, account string, audience ...string) string {
	t.Helper()
	args := []string{"create", "token", account}
	for _, one := range audience {
		args = append(args, "--audience", one)
	}
	return strings.TrimSpace(p.kubectl(t, args...))
}

// pod is a container of the image with what kubelet gives a pod of the place
// that runs as rotatorJob and has a projected token with audience vault. What
// it returns besides is that token's volume.
func (p place) pod(t *testing.T, image string) (container, projection) {
	t.Helper()
	c := newContainer(t, image)
	forVault := newProjection(t, map[string]string{"token": p.token(t, rotatorJob, "vault")})
	c.mounts[accountVolume], c.mounts[vaultVolume] = string(p.accountVolume(t, rotatorJob)), string(forVault)
	c.env = append(serviceEnv(t, theStack.apiServer(t)), "HOSTNAME=rotate-28", "VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE="+vaultToken)
	return c, forVault
}

// accountVolume is what kubelet gives every pod of an account of the place.
func (p place) accountVolume(t *testing.T, account string) projection {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", theStack.kubeconfig)
	check(t, err)
	return newProjection(t, map[string]string{"token": p.token(t, account), "ca.crt": string(config.CAData), "namespace": p.namespace})
}

// apiServer is its address.
func (s stack) apiServer(t *testing.T) string {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	check(t, err)
	return config.Host
}

// configure gives the container by its environment what the ConfigMap says.
func (p place) configure(t *testing.T, c *container) {
	t.Helper()
	c.mounts["/etc/vault"] = string(newProjection(t, map[string]string{"ca.crt": p.stackCA(t)}))
	c.env = append(c.env, "VAULT_ADDR="+theStack.vaultAddr, "VAULT_CACERT=/etc/vault/ca.crt",
		"VAULTSEAL_ROLE="+p.namespace, "VAULTSEAL_TRANSIT_KEY=transit/"+p.derived())
}

// stackCA is the CA that signed Vault's certificate.
func (p place) stackCA(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(theStack.vaultCA)
	check(t, err)
	return string(text)
}

// serviceEnv is how a pod learns of the API server.
func serviceEnv(t *testing.T, address string) []string {
	t.Helper()
	at, err := url.Parse(address)
	check(t, err)
	host, port, err := net.SplitHostPort(at.Host)
	check(t, err)
	return []string{"KUBERNETES_SERVICE_HOST=" + host, "KUBERNETES_SERVICE_PORT=" + port}
}

// plainKubeProxy starts a proxy before the API server, over TLS with the CA of
// the stack, that adds no credential: whoever asks must have one.
func plainKubeProxy(t *testing.T, rule rule) *proxy {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", theStack.kubeconfig)
	check(t, err)
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(config))
	check(t, err)
	next, err := forwardTo(config.Host, transport)
	check(t, err)
	p := newProxy(next, rule)
	check(t, p.startTLS())
	t.Cleanup(p.stop)
	return p
}

// seal makes a sealed Secret, from outside the cluster.
func (p place) seal(t *testing.T, name string) {
	t.Helper()
	file := p.file(t, "secrets.json", `{"password": "correct horse"}`)
	if got := p.vaultseal(t, "create", name, "-f", file); got.code != 0 {
		t.Fatalf("create %s: exit code %d: %s", name, got.code, got.stderr)
	}
	p.isAt(t, name, "v1")
}

// isAt: the Secret is sealed with that version of the place's key.
func (p place) isAt(t *testing.T, name, version string) {
	t.Helper()
	if got := string(p.get(t, name).Data["secrets.json"]); !strings.HasPrefix(got, "vault:"+version+":") {
		t.Fatalf("secret %s is %.12q…, want version %s", name, got, version)
	}
}

// loginNames are the accounts of the place that have logged in at Vault since a
// place in its audit log, in order.
func (p place) loginNames(t *testing.T, since int64) []string {
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

// sow seals so many Secrets in the place.
func (p place) sow(t *testing.T, count int) crop {
	t.Helper()
	c := crop{on: theStack, namespace: p.namespace, prefix: "s", count: count, key: p.derived()}
	check(t, c.sow(map[string]string{}))
	return c
}
