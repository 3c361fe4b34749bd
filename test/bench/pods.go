package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	podName         = "app"
	podAccount      = "app"
	podSecret       = "pod"
	podImage        = "localhost/bench-probe:1"
	podPluginImage  = "localhost/bench-vaultseal:1"
	podReadyTimeout = 2 * time.Minute
)

// podManifest is a pod that has a Secret in a volume and in a variable. It is ready when its container runs.
const podManifest = `apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  serviceAccountName: app
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 65532}
  containers:
  - name: app
    image: localhost/bench-probe:1
    args: [wait]
    env:
    - {name: VALUE, valueFrom: {secretKeyRef: {name: pod, key: secrets.json}}}
    volumeMounts:
    - {name: files, mountPath: /files}
  volumes:
  - {name: files, secret: {secretName: pod}}
`

// podIdle is an init container that ends at once: what any init container adds to the start of a pod.
const podIdle = `  initContainers:
  - {name: idle, image: localhost/bench-probe:1, args: [exit, "0"]}
`

// measurePods measures how long a pod takes from its creation until it is ready: the plain one, whose volume and
// variable kubelet fills, the same with an init container that does nothing, and the injected one, whose init
// container logs in to Vault first. It measures too how long the init containers run. It needs a node.
func measurePods(ctx context.Context, s *stage, o options, r *report) error {
	if os.Getenv("VAULTSEAL_STACK_NODE") == "" {
		return fmt.Errorf("the stack has no node: run it with stack run -node")
	}
	kinds, err := podKinds(ctx, s)
	if err != nil {
		return fmt.Errorf("set up pods: %w", err)
	}
	tasks, err := followTasks(ctx)
	if err != nil {
		return err
	}
	progress("measuring %d rounds of pods", o.warmups+o.repeats)
	ready, inits := make([][]sample, len(kinds)), make([][]string, len(kinds))
	for round := range o.warmups + o.repeats {
		for i, kind := range kinds {
			start, err := s.startPod(ctx, kind.pod)
			if err != nil {
				return fmt.Errorf("%s: %w", kind.Name, err)
			}
			if round >= o.warmups {
				ready[i] = append(ready[i], sample{wall: start.ready})
				inits[i] = append(inits[i], start.init)
			}
		}
	}
	if err := tasks.stop(); err != nil {
		return err
	}
	r.Timings = append(r.Timings, timingOf(kinds[0].command, ready[0]))
	for i, kind := range kinds[1:] {
		ran, err := tasks.took(inits[i+1])
		if err != nil {
			return err
		}
		r.Timings = append(r.Timings, timingOf(kind.command, ready[i+1]),
			timingOf(command{Name: "init container of the " + kind.Name}, ran))
		r.Verdicts = append(r.Verdicts,
			compare(series{kind.command, ready[i+1]}, series{kinds[0].command, ready[0]}, limit{}))
	}
	return nil
}

type podKind struct {
	command // only its name

	pod *corev1.Pod
}

// podKinds gives the node its images, and makes the Secrets and the role that the pods need.
func podKinds(ctx context.Context, s *stage) ([]podKind, error) {
	probe := filepath.Join(s.dir, "probe")
	if err := build(ctx, probe, "./probe"); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"image", podImage, "-entrypoint=/probe", "/probe=" + probe},
		{"image", podPluginImage, "-entrypoint=/kubectl-vaultseal", "-user=65532",
			"/kubectl-vaultseal=" + s.programs.plugin},
	} {
		if out, err := exec.CommandContext(ctx, "../bin/stack", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("stack image: %w: %s", err, out)
		}
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: podAccount}}
	if _, err := s.core.ServiceAccounts(s.namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	role := map[string]any{"bound_service_account_names": podAccount,
		"bound_service_account_namespaces": s.namespace, "audience": "vault", "token_policies": "vaultseal-reader",
		"token_ttl": 10, "token_no_default_policy": true}
	if err := s.vault.post(ctx, "auth/kubernetes/role/"+s.namespace+"."+podAccount, role, nil); err != nil {
		return nil, err
	}
	input := filepath.Join(s.dir, entryName)
	if err := os.WriteFile(input, document(), 0o600); err != nil {
		return nil, err
	}
	create := command{Name: "create", check: anything, argv: []string{s.programs.plugin, "-n", s.namespace, "create",
		podSecret, "-f", input}}
	if _, err := create.run(ctx, s.environment()); err != nil {
		return nil, err
	}
	// The plain pod has the same Secret, so it gets ciphertext: kubelet does not know the difference.
	inject := exec.CommandContext(ctx, s.programs.plugin, "-n", s.namespace, "inject", "-f", "-",
		"--image="+podPluginImage)
	inject.Env, inject.Stdin = s.environment(), strings.NewReader(podManifest)
	injected, err := inject.Output()
	if err != nil {
		return nil, fmt.Errorf("inject: %w", err)
	}
	idle := strings.Replace(podManifest, "  containers:\n", podIdle+"  containers:\n", 1)
	var kinds []podKind
	for _, kind := range []struct{ name, manifest string }{
		{"plain pod", podManifest}, {"pod with an idle init container", idle}, {"injected pod", string(injected)},
	} {
		pod, err := podOf(ctx, s, kind.manifest)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, podKind{command{Name: kind.name}, pod})
	}
	return kinds, nil
}

// podOf reads a manifest as kubectl does.
func podOf(ctx context.Context, s *stage, manifest string) (*corev1.Pod, error) {
	convert := exec.CommandContext(ctx, s.programs.kubectl, "create", "--dry-run=client", "-f", "-", "-o", "json")
	convert.Env, convert.Stdin = s.environment(), strings.NewReader(manifest)
	text, err := convert.Output()
	if err != nil {
		return nil, fmt.Errorf("kubectl create: %w", err)
	}
	var pod corev1.Pod
	err = json.Unmarshal(text, &pod)
	pod.Namespace = s.namespace
	return &pod, err
}

// podStart is how a pod started.
type podStart struct {
	ready time.Duration // from its creation
	init  string        // containerd's name of its init container, empty for none
}

// startPod creates a pod and waits until it is ready. It deletes the pod and waits for its end.
func (s *stage) startPod(ctx context.Context, pod *corev1.Pod) (*podStart, error) {
	ctx, cancel := context.WithTimeout(ctx, podReadyTimeout)
	defer cancel()
	pods := s.core.Pods(s.namespace)
	watch, err := pods.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + podName})
	if err != nil {
		return nil, err
	}
	defer watch.Stop()
	created := time.Now()
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	var start *podStart
	for event := range watch.ResultChan() {
		now, ok := event.Object.(*corev1.Pod)
		switch {
		case !ok:
			return nil, fmt.Errorf("watch: %v", event.Object)
		case event.Type == "DELETED" && start != nil:
			return start, nil
		case start == nil && readyNow(now):
			start = &podStart{ready: time.Since(created)}
			if inits := now.Status.InitContainerStatuses; len(inits) > 0 {
				start.init = strings.TrimPrefix(inits[0].ContainerID, "containerd://")
			}
			if err := pods.Delete(ctx, podName, metav1.DeleteOptions{}); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("the pod is not ready: %w", ctx.Err())
}

func readyNow(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
