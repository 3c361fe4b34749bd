package test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// applicationsRelease is what the plugin says it is in TestWorkloadApplications: a release knows its image.
const applicationsRelease = "v9.9.9"

// TestWorkloadApplications follows docs/applications.md as a new user does, after a setup: the examples run on the node
// with sealed Secrets. The stack must be bare.
func TestWorkloadApplications(t *testing.T) {
	n := theNode(t)
	n.loadPostgreSQL(t)
	n.loadNginx(t)
	n.goImage(t, "registry.example.com/shop:v1", "../examples/shop", ".")
	n.releasePlugin(t)
	database := startPostgres(t, n.Address)
	p := testNamespace{namespace: "shop", kubeconfig: theStack.kubeconfig, dir: t.TempDir()}
	p.volume(t, "data", 999)
	postgresCert, postgresKey := p.certificate(t, "postgresql")
	nginxCert, nginxKey := p.certificate(t, "nginx")
	before := `
kubectl create namespace shop
kubectl label namespace shop pod-security.kubernetes.io/enforce=restricted
kubectl vaultseal setup --namespaces default --grant group:devs
ln -s ` + abs(t, "../examples") + ` examples
cp ` + postgresCert + ` tls.crt
cp ` + postgresKey + ` tls.key
cp ` + nginxCert + ` nginx.crt
cp ` + nginxKey + ` nginx.key
echo '` + database.document() + `' > shop.json
`
	for _, guide := range guides.Of(t.Name()) {
		said := runGuide(t, guide, before)
		if !strings.Contains(said, "ghcr.io/vaultseal/vaultseal:"+applicationsRelease) {
			t.Errorf("--diff does not show the image:\n%s", said)
		}
	}
	connects(t, p.awaitReady(t, p.onlyPod(t, "app=postgresql")), postgresCert, "correct-horse")
	awaitCertificate(t, p.awaitReady(t, p.onlyPod(t, "app=nginx")), p.read(t, nginxCert))
	p.keepsServing(t, n, database)
}

// releasePlugin puts a plugin that says it is a release in front of the other one, and gives the node its image.
func (n node) releasePlugin(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "kubectl-vaultseal")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "..", "-buildvcs=false", "-trimpath", "-ldflags",
		"-s -w -X main.version="+applicationsRelease, "-o", program, "./cmd/kubectl-vaultseal")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	n.image(t, "ghcr.io/vaultseal/vaultseal:"+applicationsRelease, "-entrypoint=/kubectl-vaultseal", "-user=65532",
		"/kubectl-vaultseal="+program)
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// keepsServing: the shop serves from its pods, before a real PostgreSQL. The key is rotated under it, and the Secret
// rewrapped: it goes on, and new pods start. Neither what kubectl shows nor what the node keeps has the password.
func (p testNamespace) keepsServing(t *testing.T, n node, database postgres) {
	t.Helper()
	p.kubectl(t, "rollout", "status", "deployment/shop", "--timeout=5m")
	p.servesShop(t)
	rotate := exec.CommandContext(t.Context(), "kubectl-vaultseal", "rotate", "--namespaces", "shop", "--kubeconfig",
		theStack.kubeconfig)
	if out, err := rotate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.servesShop(t)
	p.kubectl(t, "rollout", "restart", "deployment/shop", "deployment/nginx")
	p.kubectl(t, "rollout", "status", "deployment/shop", "--timeout=5m")
	p.kubectl(t, "rollout", "status", "deployment/nginx", "--timeout=5m")
	p.servesShop(t)

	shown := p.kubectl(t, "get", "pods,secrets", "-o", "yaml") + p.kubectl(t, "logs", "deployment/shop")
	if strings.Contains(shown, database.password) {
		t.Error("kubectl shows the password")
	}
	for _, dir := range []string{n.KubeletDir, n.ContainerdDir, n.ContainerdState, n.PodLogs} {
		grep := exec.CommandContext(t.Context(), "grep", "-rlF", "-e", database.password, "-D", "skip", dir)
		if out, _ := grep.Output(); len(out) > 0 {
			t.Errorf("the node keeps the password in\n%s", out)
		}
	}
}

// servesShop: each pod of the Deployment serves the page.
func (p testNamespace) servesShop(t *testing.T) {
	t.Helper()
	pods, err := administrator(t).Pods(p.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "app=shop"})
	check(t, err)
	serving := 0
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp != nil {
			continue
		}
		serving++
		if got := page(t, "http://"+pod.Status.PodIP+":8080"); got != "The shop has 3 articles.\n" {
			t.Errorf("pod %s: %s\n%s", pod.Name, got, p.tell(t, &pod))
		}
	}
	if serving != 2 {
		t.Errorf("%d pods serve, want 2", serving)
	}
}

// page waits until a server that is starting answers.
func page(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), podEnd)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		check(t, err)
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			text, err := io.ReadAll(answer.Body)
			check(t, err)
			check(t, answer.Body.Close())
			return string(text)
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
