package test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/probe/report"
)

// podEnd is when a pod is taken to be stuck, on however slow a machine.
const podEnd = 5 * time.Minute

// node is the real node of `stack run -node`, as the stack describes it.
type node struct {
	Name            string `json:"name"`
	Address         string `json:"address"` // as pods see it
	Containerd      string `json:"containerd"`
	ContainerdDir   string `json:"containerd_dir"`
	ContainerdState string `json:"containerd_state"`
	KubeletDir      string `json:"kubelet_dir"`
	PodLogs         string `json:"pod_logs"`
	Logs            string `json:"logs"`
}

func theNode(t *testing.T) node {
	t.Helper()
	file := os.Getenv("VAULTSEAL_STACK_NODE")
	if file == "" {
		t.Fatal("the stack has no node: run this test with make test-workloads, or on make stack-up NODE=1")
	}
	var n node
	check(t, json.Unmarshal([]byte(read(t, file)), &n))
	return n
}

// ctr runs containerd's command on the images and containers of kubelet.
func (n node) ctr(t *testing.T, args ...string) string {
	t.Helper()
	ctr := exec.CommandContext(t.Context(), filepath.Join(theStack.bin, "ctr"),
		append([]string{"--address", n.Containerd, "--namespace", "k8s.io"}, args...)...)
	out, err := ctr.CombinedOutput()
	if err != nil {
		t.Fatalf("ctr %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// image gives the node an image of files, as `stack image` does: TARGET=SOURCE, -entrypoint=PATH, -user=UID.
func (n node) image(t *testing.T, name string, parts ...string) {
	t.Helper()
	args := append([]string{"image", name}, parts...)
	if out, err := exec.CommandContext(t.Context(), "../bin/stack", args...).CombinedOutput(); err != nil {
		t.Fatalf("stack %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// goImage gives the node an image of one static program, built from a package of dir, as /NAME.
func (n node) goImage(t *testing.T, image, dir, pkg string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", dir, "-trimpath", "-ldflags", "-s -w", "-o", program, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // there is no C library in the image
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	name, _, _ := strings.Cut(filepath.Base(image), ":")
	n.image(t, image, "-entrypoint=/"+name, "/"+name+"="+program)
}

// bridge is the device that the pods are connected to.
func (n node) bridge(t *testing.T) net.Interface {
	t.Helper()
	devices, err := net.Interfaces()
	check(t, err)
	for _, device := range devices {
		addresses, err := device.Addrs()
		check(t, err)
		for _, address := range addresses {
			if strings.HasPrefix(address.String(), n.Address+"/") {
				return device
			}
		}
	}
	t.Fatalf("no device has the address %s", n.Address)
	return net.Interface{}
}

// probeImage has the program of test/probe as /probe. Its user is root.
const probeImage = "localhost/probe:1"

var probeOnce sync.Once

// loadProbe gives the node probeImage, once for all tests.
func (n node) loadProbe(t *testing.T) {
	t.Helper()
	probeOnce.Do(func() { n.goImage(t, probeImage, ".", "./probe") })
}

// restrict makes the API server enforce the Pod Security standard restricted.
func (p testNamespace) restrict(t *testing.T) {
	t.Helper()
	p.kubectl(t, "label", "namespace", p.namespace, "pod-security.kubernetes.io/enforce=restricted")
}

// apply applies a manifest in the namespace.
func (p testNamespace) apply(t *testing.T, manifest string) {
	t.Helper()
	_, err := theStack.kubectl(manifest, "--namespace", p.namespace, "apply", "-f", "-")
	check(t, err)
}

// awaitPod waits until a pod is as wanted, and says what the node knows of one that is not in time.
func (p testNamespace) awaitPod(t *testing.T, name, what string, wanted func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	for deadline := time.Now().Add(podEnd); ; time.Sleep(100 * time.Millisecond) {
		pod, err := administrator(t).Pods(p.namespace).Get(t.Context(), name, metav1.GetOptions{})
		check(t, err)
		if wanted(pod) {
			return pod
		}
		if time.Now().After(deadline) || ended(pod) {
			t.Fatalf("pod %s is not %s, but %s\n%s", name, what, pod.Status.Phase, p.tell(t, pod))
		}
	}
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

func hasFailed(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodFailed }

func (p testNamespace) awaitReady(t *testing.T, name string) *corev1.Pod {
	t.Helper()
	return p.awaitPod(t, name, "ready", isReady)
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// awaitEnd waits until all containers have ended well.
func (p testNamespace) awaitEnd(t *testing.T, name string) *corev1.Pod {
	t.Helper()
	return p.awaitPod(t, name, "complete", func(pod *corev1.Pod) bool {
		return pod.Status.Phase == corev1.PodSucceeded
	})
}

// onlyPod waits for the one pod that a controller has made, which the selector chooses.
func (p testNamespace) onlyPod(t *testing.T, selector string) string {
	t.Helper()
	for deadline := time.Now().Add(podEnd); ; time.Sleep(100 * time.Millisecond) {
		pods, err := administrator(t).Pods(p.namespace).List(t.Context(), metav1.ListOptions{LabelSelector: selector})
		check(t, err)
		if len(pods.Items) == 1 {
			return pods.Items[0].Name
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d pods with %s", len(pods.Items), selector)
		}
	}
}

// tell describes a pod: its containers, what they have said last, and its events.
func (p testNamespace) tell(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	var text strings.Builder
	statuses := append(append([]corev1.ContainerStatus{}, pod.Status.InitContainerStatuses...),
		pod.Status.ContainerStatuses...)
	for _, s := range statuses {
		said, _ := theStack.kubectl("", "--namespace", p.namespace, "logs", pod.Name, "-c", s.Name, "--tail=20")
		fmt.Fprintf(&text, "container %s: %s\n%s", s.Name, mustJSON(s.State), said)
	}
	events, err := administrator(t).Events(p.namespace).List(t.Context(),
		metav1.ListOptions{FieldSelector: "involvedObject.name=" + pod.Name})
	check(t, err)
	for _, e := range events.Items {
		fmt.Fprintf(&text, "event %s: %s\n", e.Reason, e.Message)
	}
	return text.String()
}

// logs are what a container has said.
func (p testNamespace) logs(t *testing.T, pod, container string) string {
	t.Helper()
	return p.kubectl(t, "logs", pod, "-c", container)
}

// inContainer runs a command in a container.
func (p testNamespace) inContainer(t *testing.T, pod, container string, command ...string) string {
	t.Helper()
	return p.kubectl(t, append([]string{"exec", pod, "-c", container, "--"}, command...)...)
}

// given is what a container of probeImage was given, and what is below dirs in it.
func (p testNamespace) given(t *testing.T, pod, container string, dirs ...string) report.Report {
	t.Helper()
	return readReport(t, p.inContainer(t, pod, container, append([]string{"/probe", "show"}, dirs...)...))
}

// readReport reads what `probe show` has printed.
func readReport(t *testing.T, printed string) report.Report {
	t.Helper()
	var r report.Report
	if err := json.Unmarshal([]byte(printed), &r); err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	return r
}
