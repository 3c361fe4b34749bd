package test

import (
	"net"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/probe/report"
)

// nodePod has what an injected pod has: an init container that writes to volumes in
// memory, a variable from a file, and a token for Vault.
const nodePod = `
apiVersion: v1
kind: Pod
metadata: {name: probe}
spec:
  serviceAccountName: vaultseal
  restartPolicy: Never
  terminationGracePeriodSeconds: 1
  securityContext:
    runAsNonRoot: true
    runAsUser: 1234
    fsGroup: 4321
    seccompProfile: {type: RuntimeDefault}
  initContainers:
  - name: writes
    image: localhost/probe:1
    args: [write, /files/a, first, --, write, /env/word, "WORD='from a file'"]
    securityContext: &restricted
      allowPrivilegeEscalation: false
      capabilities: {drop: [ALL]}
      readOnlyRootFilesystem: true
    volumeMounts:
    - {name: files, mountPath: /files}
    - {name: env, mountPath: /env}
  containers:
  - name: reads
    image: localhost/probe:1
    args: [show, /files, --, login, "$(VAULT)", kubernetes/vaultseal, /token/token, --, api, /version, --, wait]
    securityContext: *restricted
    env:
    - name: WORD
      valueFrom: {fileKeyRef: {volumeName: env, path: word, key: WORD}}
    - {name: VAULT, value: "VAULT_ADDR"}
    - {name: VAULT_CACERT_BYTES, valueFrom: {configMapKeyRef: {name: vault-ca, key: ca.crt}}}
    volumeMounts:
    - {name: files, mountPath: /files, readOnly: true}
    - {name: token, mountPath: /token, readOnly: true}
  volumes:
  - {name: files, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: env, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - name: token
    projected: {sources: [{serviceAccountToken: {audience: vault, expirationSeconds: 600, path: token}}]}
`

// TestWorkloadNode: pods really run on the node, under the Pod Security standard
// restricted, and reach Vault and the API server.
func TestWorkloadNode(t *testing.T) {
	t.Parallel()
	theNode(t).loadProbe(t)
	p := newTestNamespace(t)
	p.restrict(t)
	p.kubectl(t, "create", "configmap", "vault-ca", "--from-file=ca.crt="+theStack.vaultCA)
	p.apply(t, strings.ReplaceAll(nodePod, "VAULT_ADDR", theStack.vaultAddr))

	p.awaitPod(t, "probe", "past its login", func(pod *corev1.Pod) bool {
		return pod.Status.Phase == corev1.PodRunning && strings.Contains(p.logs(t, "probe", "reads"), "/version")
	})
	first, rest, _ := strings.Cut(p.logs(t, "probe", "reads"), "\n")
	if want := "logged in with policies [vaultseal]\n/version: 200\n"; rest != want {
		t.Errorf("the pod said %q, want %q", rest, want)
	}
	logged, asked := readReport(t, first), p.given(t, "probe", "reads", "/files")
	for _, r := range []report.Report{logged, asked} {
		if r.UID != 1234 || !slices.Contains(r.Groups, 4321) || r.Env["WORD"] != "from a file" {
			t.Errorf("user %d, groups %v, WORD=%q", r.UID, r.Groups, r.Env["WORD"])
		}
		if a := r.Files["/files/a"]; string(a.Content) != "first" || a.UID != 1234 || a.GID != 4321 || a.Mode != 0o644 {
			t.Errorf("/files/a is %q, %d:%d %v", a.Content, a.UID, a.GID, a.Mode)
		}
	}
	if !slices.ContainsFunc(asked.Mounts, func(m report.Mount) bool {
		return m.Path == "/files" && m.Type == "tmpfs" && slices.Contains(m.Options, "ro")
	}) {
		t.Errorf("/files is no read-only memory: %v", asked.Mounts)
	}
	if _, err := theStack.kubectl("", "--namespace", p.namespace, "run", "root", "--image="+probeImage); err == nil ||
		!strings.Contains(err.Error(), "PodSecurity") {
		t.Errorf("a pod that is not restricted: %v", err)
	}
}

// controllerPods have controllers that make their pods.
const controllerPods = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: serves}
spec:
  selector: {matchLabels: {app: serves}}
  template:
    metadata: {labels: {app: serves}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: a, image: localhost/probe:1, args: [wait]}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: ends}
spec:
  template:
    metadata: {labels: {app: ends}}
    spec:
      restartPolicy: Never
      initContainers:
      - {name: beside, image: localhost/probe:1, args: [wait], restartPolicy: Always}
      containers:
      - {name: a, image: localhost/probe:1, args: [exit, "0"]}
`

// TestWorkloadControllers: Deployments get pods, Jobs with a sidecar complete, and a
// namespace is deleted with all that it holds.
func TestWorkloadControllers(t *testing.T) {
	t.Parallel()
	n := theNode(t)
	n.loadProbe(t)
	p := newTestNamespace(t)
	p.apply(t, controllerPods)
	p.awaitReady(t, p.onlyPod(t, "app=serves"))
	n.keepsAddress(t)
	p.awaitEnd(t, p.onlyPod(t, "app=ends"))
	p.kubectl(t, "wait", "--for=condition=Complete", "job/ends", "--timeout=5m")
	if out := n.ctr(t, "containers", "list"); !strings.Contains(out, probeImage) {
		t.Errorf("containerd has no container of %s:\n%s", probeImage, out)
	}
	p.kubectl(t, "delete", "namespace", p.namespace, "--timeout=5m")
}

// keepsAddress: the bridge has no pod's hardware address, which it would lose with the pod. Other pods would then send
// to a device that is gone.
func (n node) keepsAddress(t *testing.T) {
	t.Helper()
	bridge := n.bridge(t)
	devices, err := net.Interfaces()
	check(t, err)
	for _, device := range devices {
		if device.Name != bridge.Name && device.HardwareAddr.String() == bridge.HardwareAddr.String() {
			t.Errorf("%s has the address of %s: %s", bridge.Name, device.Name, bridge.HardwareAddr)
		}
	}
}
