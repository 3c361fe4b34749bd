package test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// migrationTools has the tools that users migrate from: see hack/migration.
const migrationTools = "../bin/migration"

// withMigrationTools puts the tools into the PATH of guides.
func withMigrationTools(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(migrationTools); err != nil {
		t.Fatal("run this test with make test-migration, which builds the tools: ", err)
	}
	t.Setenv("PATH", abs(t, migrationTools)+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// plainStore is the Secret of the guides, as a plaintext manifest.
const plainStore = `
cat > plain.yaml <<'END'
apiVersion: v1
kind: Secret
metadata: {name: store, namespace: store}
stringData: {password: ` + oldPlaintext + `}
END
`

// TestMigrateSealedSecrets follows docs/migrate-from-sealed-secrets.md with the real controller and kubeseal. It needs
// a node, for the garbage collector, and a bare stack.
func TestMigrateSealedSecrets(t *testing.T) {
	theNode(t)
	withMigrationTools(t)
	startSealedSecrets(t)
	p := testNamespace{namespace: "store", kubeconfig: theStack.kubeconfig, dir: t.TempDir()}
	before := store + plainStore + `
until kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key -o name | grep -q .
do sleep 0.2; done
kubectl get secret -n kube-system -l sealedsecrets.bitnami.com/sealed-secrets-key \
  -o jsonpath='{.items[0].data.tls\.crt}' | base64 -d > cert.pem
kubeseal --cert cert.pem -o yaml < plain.yaml > sealedsecret.yaml
rm plain.yaml
kubectl apply -f sealedsecret.yaml
kubectl wait -n store sealedsecret/store --for=condition=Synced --timeout=1m
kubectl get secret store -n store
kubectl vaultseal setup namespace store
! kubectl vaultseal create --from-secret store -n store 2> refused
grep 'SealedSecret/store controls it' refused
`
	for _, guide := range guides.Of(t.Name()) {
		dir := t.TempDir()
		said := runScriptIn(t, dir, before+guideScript(t, guide))
		holdsNoPlaintext(t, said, dir)
		if key := "PRIVATE KEY"; strings.Contains(said, key) {
			t.Error("the guide prints the controller's key")
		}
		for _, file := range []string{"sealed/store/store.yaml", "recovered.yaml"} {
			p.opensFile(t, filepath.Join(dir, file))
		}
	}
	if got := p.vaultseal(t, "view", "-n", p.namespace, "store", "password").stdout; got != oldPlaintext {
		t.Errorf("the Secret of the cluster opens to %q", got)
	}
	if live := p.get(t, "store"); len(live.OwnerReferences) > 0 {
		t.Errorf("it has owners: %v", live.OwnerReferences)
	}
}

// opensFile checks that a sealed manifest opens to the old value.
func (p testNamespace) opensFile(t *testing.T, file string) {
	t.Helper()
	if got := p.vaultseal(t, "view", "-n", p.namespace, "-f", file, "password").stdout; got != oldPlaintext {
		t.Errorf("%s opens to %q", file, got)
	}
}

// startSealedSecrets runs the controller of Sealed Secrets as a pod in kube-system would run, with the files that
// kubelet gives it. They are below /run, which the namespaces of the node have for themselves.
func startSealedSecrets(t *testing.T) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", theStack.kubeconfig)
	check(t, err)
	check(t, rest.LoadTLSFiles(config))
	kubectl := func(args ...string) string {
		out, err := theStack.kubectl("", args...)
		check(t, err)
		return strings.TrimSpace(out)
	}
	const account = "sealed-secrets-controller"
	kubectl("apply", "-f", abs(t, filepath.Join(migrationTools, "sealedsecrets-crd.yaml")))
	kubectl("wait", "crd/sealedsecrets.bitnami.com", "--for=condition=Established", "--timeout=1m")
	kubectl("create", "serviceaccount", account, "-n", "kube-system")
	kubectl("create", "clusterrolebinding", account, "--clusterrole=cluster-admin", "--serviceaccount=kube-system:"+account)
	const files = "/run/secrets/kubernetes.io/serviceaccount"
	check(t, os.MkdirAll(files, 0o700))
	check(t, os.WriteFile(files+"/token", []byte(kubectl("create", "token", account, "-n", "kube-system")), 0o600))
	check(t, os.WriteFile(files+"/ca.crt", config.CAData, 0o600))
	host, port, err := net.SplitHostPort(strings.TrimPrefix(config.Host, "https://"))
	check(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	controller := exec.CommandContext(ctx, abs(t, filepath.Join(migrationTools, "sealed-secrets-controller")),
		"--key-size=2048", "--update-status")
	controller.Env = append(os.Environ(), "KUBERNETES_SERVICE_HOST="+host, "KUBERNETES_SERVICE_PORT="+port,
		"POD_NAMESPACE=kube-system")
	log, err := os.Create(filepath.Join(t.TempDir(), "controller.log"))
	check(t, err)
	controller.Stdout, controller.Stderr, controller.WaitDelay = log, log, time.Second
	check(t, controller.Start())
	t.Cleanup(func() {
		cancel()
		_ = controller.Wait()
		if t.Failed() {
			t.Logf("the controller said:\n%s", read(t, log.Name()))
		}
	})
}

// TestMigrateSops follows docs/migrate-from-sops.md with the real sops and an age key. It needs a bare stack.
func TestMigrateSops(t *testing.T) {
	withMigrationTools(t)
	p := testNamespace{namespace: "store", kubeconfig: theStack.kubeconfig, dir: t.TempDir()}
	temporary := t.TempDir()
	before := strings.Replace(store, "create namespace store", "create namespace store --dry-run=client -o name", 1) +
		plainStore + `
kubectl get namespace store || kubectl create namespace store
export TMPDIR=` + temporary + ` SOPS_AGE_KEY_FILE=$PWD/age.key
age-keygen -o age.key
recipient=$(age-keygen -y age.key)
sops encrypt --age $recipient --encrypted-regex '^(data|stringData)$' plain.yaml > store.enc.yaml
echo '{"database": {"password": "` + oldPlaintext + `"}}' | sops encrypt --age $recipient --filename-override config.json > config.enc.json
rm plain.yaml
`
	for _, guide := range guides.Of(t.Name()) {
		dir := t.TempDir()
		said := runScriptIn(t, dir, before+guideScript(t, guide))
		holdsNoPlaintext(t, said, dir)
		holdsNoPlaintext(t, "", temporary)
		p.opensFile(t, filepath.Join(dir, "sealed/store.yaml"))
		got := p.vaultseal(t, "view", "-n", p.namespace, "-f", filepath.Join(dir, "sealed/config.yaml"), "config.json").stdout
		if !strings.Contains(got, oldPlaintext) {
			t.Errorf("config.yaml opens to %q", got)
		}
	}
}
