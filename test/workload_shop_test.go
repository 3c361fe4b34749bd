package test

import (
	"context"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// TestWorkloadShop follows docs/applications.md after a setup. The example application is deployed as its manifests say
// and serves from its pods, before a real PostgreSQL. The stack must be bare.
func TestWorkloadShop(t *testing.T) {
	n := theNode(t)
	n.goImage(t, "registry.example.com/shop:v1", "../examples/shop", ".")
	database := startPostgres(t, n.Address)
	before := `
kubectl create namespace shop
kubectl label namespace shop pod-security.kubernetes.io/enforce=restricted
kubectl vaultseal setup --namespaces shop --grant group:devs
ln -s ` + abs(t, "../examples") + ` examples
echo '` + database.document() + `' > shop.json
`
	for _, guide := range guides.Of("TestFreshShop") {
		runGuide(t, guide, before)
	}
	p := testNamespace{namespace: "shop"}
	p.kubectl(t, "rollout", "status", "deployment/shop", "--timeout=5m")
	p.servesShop(t)

	// The key is rotated under it, and the Secret rewrapped: it goes on, and new pods start.
	rotate := exec.Command("kubectl-vaultseal", "rotate", "--namespaces", "shop", "--kubeconfig", theStack.kubeconfig)
	if out, err := rotate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.servesShop(t)
	p.kubectl(t, "rollout", "restart", "deployment/shop")
	p.kubectl(t, "rollout", "status", "deployment/shop", "--timeout=5m")
	p.servesShop(t)

	// Neither what kubectl shows nor what the node keeps of the pods has the password.
	shown := p.kubectl(t, "get", "pods,secrets", "-o", "yaml") + p.kubectl(t, "logs", "deployment/shop")
	if strings.Contains(shown, database.password) {
		t.Error("kubectl shows the password")
	}
	for _, dir := range []string{n.KubeletDir, n.ContainerdDir, n.ContainerdState, n.PodLogs} {
		if out, _ := exec.Command("grep", "-rlF", "-e", database.password, "-D", "skip", dir).Output(); len(out) > 0 {
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
