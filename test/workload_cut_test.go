package test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// askingPod asks the API server, as pods may.
const askingPod = `
apiVersion: v1
kind: Pod
metadata: {name: asks}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: localhost/probe:1, args: [api, /version]}]
`

// TestWorkloadFaultServer: where pods cannot reach the API server, injected pods start all the same, and sidecars
// follow changes. They do not even try to reach it.
func TestWorkloadFaultServer(t *testing.T) {
	// It is not parallel: it cuts all pods of the node.
	p := newFaultWorkloadAlone(t)
	p.apply(t, strings.Replace(askingPod, "name: asks", "name: asks-before", 1))
	p.awaitEnd(t, "asks-before")

	theNode(t).cutPods(t)
	p.apply(t, askingPod)
	p.awaitPod(t, "asks", "cut off", hasFailed)
	if said := p.logs(t, "asks", "main"); !strings.Contains(said, "Client.Timeout exceeded") {
		t.Errorf("the pod has not waited in vain for the API server: %s", said)
	}
	p.applyInjected(t, "--refresh")
	p.starts(t)
	p.develops(t, "create", "app", "--merge", "--from-literal=user=fault-pony")
	p.awaitPod(t, "app", "up to date", func(*corev1.Pod) bool {
		return string(p.given(t, "app", "main", "/files").Files["/files/user"].Content) == "fault-pony"
	})
	p.kubectl(t, "delete", "pod", "app", "--timeout=5m")
	p.develops(t, "create", "app", "--merge", "--from-literal=user=fault-horse")
	p.applyInjected(t)
	p.starts(t)
	for line := range strings.Lines(p.read(t, theStack.kubeAudit)) {
		var asked struct {
			RequestURI string `json:"requestURI"`
			User       struct {
				Username string `json:"username"`
			} `json:"user"`
		}
		check(t, json.Unmarshal([]byte(line), &asked))
		if asked.User.Username == "system:serviceaccount:"+p.namespace+":app" {
			t.Errorf("the pod asked the API server for %s", asked.RequestURI)
		}
	}
}

// cutPods drops what the node's pods send to the API server, until the test ends.
func (n node) cutPods(t *testing.T) {
	t.Helper()
	address, err := theStack.kubectl("", "get", "service", "kubernetes", "-n", "default", "-o", "jsonpath={.spec.clusterIP}")
	check(t, err)
	rule := []string{"pref", "0", "iif", n.bridge(t).Name, "to", address, "blackhole"}
	// The first rule sends packets for the node's own addresses to the node. Another one can only be before it if it
	// gives way.
	ip(t, "rule", "add", "pref", "1", "lookup", "local")
	ip(t, "rule", "delete", "pref", "0", "lookup", "local")
	ip(t, append([]string{"rule", "add"}, rule...)...)
	t.Cleanup(func() {
		ip(t, append([]string{"rule", "delete"}, rule...)...)
		ip(t, "rule", "add", "pref", "0", "lookup", "local")
		ip(t, "rule", "delete", "pref", "1", "lookup", "local")
	})
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}
