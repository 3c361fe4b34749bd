package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// measurePods measures how long a pod takes from its creation until it is ready: the plain one, whose volume and
// variable kubelet fills, and the injected one, whose init container logs in to Vault first. It needs a node.
func measurePods(ctx context.Context, s *stage, o options, r *report) error {
	if os.Getenv("VAULTSEAL_STACK_NODE") == "" {
		return fmt.Errorf("the stack has no node: run it with stack run -node")
	}
	kinds, err := podKinds(ctx, s)
	if err != nil {
		return fmt.Errorf("set up pods: %w", err)
	}
	progress("measuring %d rounds of pods", o.warmups+o.repeats)
	samples := make([][]sample, len(kinds))
	for round := range o.warmups + o.repeats {
		for i, kind := range kinds {
			wall, err := s.untilReady(ctx, kind.pod)
			if err != nil {
				return fmt.Errorf("%s: %w", kind.Name, err)
			}
			if round >= o.warmups {
				samples[i] = append(samples[i], sample{wall: wall})
			}
		}
	}
	for i, kind := range kinds {
		r.Timings = append(r.Timings, timingOf(kind.command, samples[i]))
	}
	r.Verdicts = append(r.Verdicts, compare(series{kinds[1].command, samples[1]}, series{kinds[0].command, samples[0]},
		limit{}))
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
	inject.Env, inject.Stdin = s.environment(), bytes.NewReader([]byte(podManifest))
	injected, err := inject.Output()
	if err != nil {
		return nil, fmt.Errorf("inject: %w", err)
	}
	var kinds []podKind
	for name, manifest := range map[string][]byte{"plain pod": []byte(podManifest), "injected pod": injected} {
		pod, err := podOf(ctx, s, manifest)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, podKind{command{Name: name}, pod})
	}
	if kinds[0].Name != "plain pod" {
		kinds[0], kinds[1] = kinds[1], kinds[0]
	}
	return kinds, nil
}

// podOf reads a manifest as kubectl does.
func podOf(ctx context.Context, s *stage, manifest []byte) (*corev1.Pod, error) {
	convert := exec.CommandContext(ctx, s.programs.kubectl, "create", "--dry-run=client", "-f", "-", "-o", "json")
	convert.Env, convert.Stdin = s.environment(), bytes.NewReader(manifest)
	text, err := convert.Output()
	if err != nil {
		return nil, fmt.Errorf("kubectl create: %w", err)
	}
	var pod corev1.Pod
	err = json.Unmarshal(text, &pod)
	pod.Namespace = s.namespace
	return &pod, err
}

// untilReady creates a pod and returns how long it took until it was ready. It deletes the pod and waits for its end.
func (s *stage) untilReady(ctx context.Context, pod *corev1.Pod) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, podReadyTimeout)
	defer cancel()
	pods := s.core.Pods(s.namespace)
	watch, err := pods.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + podName})
	if err != nil {
		return 0, err
	}
	defer watch.Stop()
	start := time.Now()
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return 0, err
	}
	var took time.Duration
	for event := range watch.ResultChan() {
		now, ok := event.Object.(*corev1.Pod)
		switch {
		case !ok:
			return 0, fmt.Errorf("watch: %v", event.Object)
		case event.Type == "DELETED" && took > 0:
			return took, nil
		case took == 0 && readyNow(now):
			took = time.Since(start)
			if err := pods.Delete(ctx, podName, metav1.DeleteOptions{}); err != nil {
				return 0, err
			}
		}
	}
	return 0, fmt.Errorf("the pod is not ready: %w", ctx.Err())
}

func readyNow(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
