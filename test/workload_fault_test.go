package test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// faultPod uses an entry of a sealed Secret as a file, and another one as a variable.
const faultPod = `
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  serviceAccountName: app
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  securityContext: {runAsNonRoot: true, runAsUser: 1234}
  containers:
  - name: main
    image: localhost/probe:1
    args: [show, /files, --, wait]
    env:
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: app, key: password}}}
    volumeMounts:
    - {name: files, mountPath: /files}
    - {name: nested, mountPath: /files/nested}
  volumes:
  - {name: files, secret: {secretName: app, items: [{key: user, path: user}]}}
  - {name: nested, emptyDir: {}}
`

// newFaultWorkload has the sealed Secret and the role that the pod needs.
func newFaultWorkload(t *testing.T) testNamespace {
	t.Helper()
	t.Parallel()
	return newFaultWorkloadAlone(t)
}

// newFaultWorkloadAlone is for a test that disturbs others.
func newFaultWorkloadAlone(t *testing.T) testNamespace {
	t.Helper()
	n := theNode(t)
	n.loadProbe(t)
	n.loadVaultseal(t)
	p := newTestNamespace(t)
	p.kubectl(t, "create", "serviceaccount", "app")
	p.workloadRole(t, "app")
	p.develops(t, "create", "app", "--from-literal=user=fault-horse", "--from-literal=password=fault-mule")
	return p
}

// starts waits until the pod is ready, and has the values.
func (p testNamespace) starts(t *testing.T) {
	t.Helper()
	p.awaitReady(t, "app")
	r := p.given(t, "app", "main", "/files")
	if user := string(r.Files["/files/user"].Content); user != "fault-horse" || r.Env["PASSWORD"] != "fault-mule" {
		t.Errorf("the pod has %q and %q", user, r.Env["PASSWORD"])
	}
}

// saysOf waits until the container vaultseal has failed, and checks the line that kubelet shows as the reason.
func (p testNamespace) saysOf(t *testing.T, words ...string) {
	t.Helper()
	var message string
	p.awaitPod(t, "app", "failing", func(pod *corev1.Pod) bool {
		for _, status := range pod.Status.InitContainerStatuses {
			if ended := status.LastTerminationState.Terminated; status.Name == "vaultseal" && ended != nil {
				message = ended.Message
			}
		}
		return message != ""
	})
	line := ""
	for text := range strings.Lines(message) {
		if strings.HasPrefix(text, "error: ") {
			line += text
		}
	}
	for _, word := range words {
		if strings.Count(line, "\n") != 1 || !strings.Contains(line, word) {
			t.Errorf("kubelet shows %q, want one error with %q", message, word)
		}
	}
	if strings.Contains(message, "fault-horse") || strings.Contains(message, "fault-mule") {
		t.Errorf("kubelet shows a value: %q", message)
	}
}

// waitsFor waits until kubelet has said in an event why the pod does not start.
func (p testNamespace) waitsFor(t *testing.T, words string) {
	t.Helper()
	p.awaitPod(t, "app", "waiting for "+words, func(*corev1.Pod) bool {
		events, err := administrator(t).Events(p.namespace).List(t.Context(), metav1.ListOptions{})
		check(t, err)
		for _, event := range events.Items {
			if strings.Contains(event.Message, words) {
				return true
			}
		}
		return false
	})
}

func (p testNamespace) applyInjected(t *testing.T, flags ...string) {
	t.Helper()
	p.apply(t, p.injected(t, p.file(t, "pod.yaml", faultPod), flags...))
}

// A pod that cannot get its values says why, and starts as soon as it can.

func TestWorkloadFaultRole(t *testing.T) {
	p := newFaultWorkload(t)
	_, err := theStack.vaultRequest(t.Context(), "DELETE", "auth/kubernetes/role/"+p.namespace+".app", nil)
	check(t, err)
	p.applyInjected(t)
	p.saysOf(t, "log in", p.namespace+".app")
	p.workloadRole(t, "app")
	p.starts(t)
}

func TestWorkloadFaultAudience(t *testing.T) {
	p := newFaultWorkload(t)
	role := "auth/kubernetes/role/" + p.namespace + ".app"
	theStack.write(t, role, map[string]any{"audience": "other"})
	p.applyInjected(t)
	p.saysOf(t, "log in")
	theStack.write(t, role, map[string]any{"audience": "vault"})
	p.starts(t)
}

func TestWorkloadFaultSecret(t *testing.T) {
	p := newFaultWorkload(t)
	manifest := p.injected(t, p.file(t, "pod.yaml", faultPod))
	p.kubectl(t, "delete", "secret", "app")
	p.apply(t, manifest)
	p.waitsFor(t, `secret "app" not found`)
	p.develops(t, "create", "app", "--from-literal=user=fault-horse")
	p.waitsFor(t, "references non-existent secret key: password")
	p.develops(t, "create", "app", "--merge", "--from-literal=password=fault-mule")
	p.starts(t)
}

// TestWorkloadFaultSidecar: kubelet starts a sidecar again that was killed. While it cannot log in it keeps the files,
// and tries again. It follows changes from then on, and the main container notices nothing.
func TestWorkloadFaultSidecar(t *testing.T) {
	p := newFaultWorkload(t)
	p.applyInjected(t, "--refresh")
	p.starts(t)
	sidecar := func(pod *corev1.Pod) *corev1.ContainerStatus {
		for n := range pod.Status.InitContainerStatuses {
			if status := &pod.Status.InitContainerStatuses[n]; status.Name == "vaultseal-refresh" {
				return status
			}
		}
		return &corev1.ContainerStatus{}
	}
	_, id, _ := strings.Cut(sidecar(p.awaitReady(t, "app")).ContainerID, "://")
	_, err := theStack.vaultRequest(t.Context(), "DELETE", "auth/kubernetes/role/"+p.namespace+".app", nil)
	check(t, err)
	theNode(t).ctr(t, "tasks", "kill", "--signal", "SIGKILL", id)
	p.awaitPod(t, "app", "running its sidecar again", func(pod *corev1.Pod) bool {
		status := sidecar(pod)
		return status.RestartCount == 1 && status.State.Running != nil &&
			strings.Contains(p.logs(t, "app", "vaultseal-refresh"), "the files stay as they are until this succeeds")
	})
	p.starts(t)
	p.workloadRole(t, "app")
	p.develops(t, "create", "app", "--merge", "--from-literal=user=fault-pony")
	pod := p.awaitPod(t, "app", "up to date", func(*corev1.Pod) bool {
		return string(p.given(t, "app", "main", "/files").Files["/files/user"].Content) == "fault-pony"
	})
	if again := pod.Status.ContainerStatuses[0].RestartCount; again != 0 || sidecar(pod).RestartCount != 1 {
		t.Errorf("the main container was started again %d times, and the sidecar %d times", again,
			sidecar(pod).RestartCount)
	}
}

// TestWorkloadJob: a Job ends, although a sidecar follows its Secret.
func TestWorkloadJob(t *testing.T) {
	p := newFaultWorkload(t)
	_, spec, _ := strings.Cut(strings.Replace(faultPod, ", --, wait]", "]", 1), "spec:\n")
	job := "apiVersion: batch/v1\nkind: Job\nmetadata: {name: job}\nspec:\n  template:\n    metadata: {labels: {app: job}}\n" +
		"    spec:\n      restartPolicy: Never\n" + indent(spec, "    ")
	p.apply(t, p.injected(t, p.file(t, "job.yaml", job), "--refresh"))
	p.awaitEnd(t, p.onlyPod(t, "app=job"))
	p.kubectl(t, "wait", "--for=condition=Complete", "job/job", "--timeout=60s")
}

func indent(text, by string) string {
	lines := strings.SplitAfter(text, "\n")
	return by + strings.TrimSuffix(strings.Join(lines, by), by)
}

// TestWorkloadFaultVault: Vault is sealed when the pod starts.
func TestWorkloadFaultVault(t *testing.T) {
	p := newFaultWorkload(t)
	vault := newOwnVaultOn(t, theNode(t).Address)
	vault.write(t, "transit/keys/"+p.derived(), map[string]any{"derived": true})
	vault.write(t, "sys/policies/acl/vaultseal-reader", theStack.read(t, "sys/policies/acl/vaultseal-reader", "policy"))
	vault.write(t, "auth/jwt/role/"+p.namespace+".app", map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": "vault", "token_policies": "vaultseal-reader",
		"bound_subject": "system:serviceaccount:" + p.namespace + ":app", "token_ttl": 10,
	})
	own := []string{"--vault-addr=" + vault.vaultAddr, "--vault-ca-cert=" + vault.vaultCA, "--vault-auth-method=token"}
	sealed := p.vaultsealWith(t, p.environment("VAULT_TOKEN="+vault.rootToken),
		append([]string{"create", "app", "--overwrite", "--from-literal=user=fault-horse",
			"--from-literal=password=fault-mule"}, own...)...)
	if sealed.code != 0 {
		t.Fatal(sealed.stderr)
	}
	check(t, vault.seal())
	p.applyInjected(t, "--vault-addr="+vault.vaultAddr, "--vault-ca-cert="+vault.vaultCA, "--vault-auth-method=jwt")
	p.saysOf(t, "vault is sealed")
	check(t, vault.open())
	p.starts(t)
}
