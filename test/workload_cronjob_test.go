package test

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// ourImage is the image of `make images` on the node, under the name that setUpJob gives the CronJob.
const ourImage = registry + "vaultseal:test"

// loadOurs gives the node an image of `make images`.
func (n node) loadOurs(t *testing.T, name string) {
	t.Helper()
	layout := filepath.Join(layouts, name)
	var top struct {
		Manifests []struct{ Annotations map[string]string }
	}
	readJSON(t, filepath.Join(layout, "index.json"), &top)
	archive, err := os.Create(filepath.Join(t.TempDir(), "image.tar"))
	check(t, err)
	w := tar.NewWriter(archive)
	check(t, w.AddFS(os.DirFS(layout)))
	check(t, w.Close())
	check(t, archive.Close())
	n.ctr(t, "images", "import", "--base-name", registry+name, archive.Name())
	built := registry + name + ":" + top.Manifests[0].Annotations["org.opencontainers.image.ref.name"]
	n.ctr(t, "images", "tag", "--force", built, registry+name+":test")
}

// TestWorkloadCronJob: the CronJob of setup runs by itself, with our image, restricted. Its account can do nothing in
// other namespaces.
func TestWorkloadCronJob(t *testing.T) {
	t.Parallel()
	p, q := newTestNamespace(t), newTestNamespace(t)
	p.setUpJob(t, "--namespaces="+p.namespace+","+q.namespace)
	p.rotatesByItself(t, q)
	for name, where := range map[string]string{"everywhere": "-A", "elsewhere": "--namespace=default"} {
		spec := p.template(t).Spec
		spec.RestartPolicy = corev1.RestartPolicyNever
		spec.Containers[0].Args = []string{"rotate", p.config(), where}
		p.apply(t, string(mustJSON(corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})))
		failed := p.awaitPod(t, name, "refused", hasFailed)
		code := failed.Status.ContainerStatuses[0].State.Terminated.ExitCode
		said := p.logs(t, name, spec.Containers[0].Name)
		if code != 4 || !strings.Contains(said, "cannot list resource") {
			t.Errorf("%s: exit code %d: %s", where, code, said)
		}
	}
}

// TestWorkloadCronJobEverywhere: so does the one for the whole cluster.
func TestWorkloadCronJobEverywhere(t *testing.T) {
	// It is not parallel: it sees the Secrets of all namespaces, and has the keys of two.
	p, q := newTestNamespace(t), newTestNamespace(t)
	p.setUpJob(t, "--cronjob-all-namespaces")
	p.administer(t, theStack, "setup", "namespace", q.namespace, "--grant=user:"+developer)
	p.rotatesByItself(t, q)
}

// rotatesByItself: the namespace's CronJob rotates in both namespaces if the keys are old, and its next Job does not.
// Only its account logs in to Vault, and it gets tokens from kubelet only.
func (p testNamespace) rotatesByItself(t *testing.T, q testNamespace) {
	t.Helper()
	theNode(t).loadOurs(t, "vaultseal")
	p.restrict(t)
	for _, one := range []testNamespace{p, q} {
		theStack.age(t, "vaultseal-"+p.namespace+"/"+one.namespace, 30*24*time.Hour)
		one.seal(t, "app", p.config())
	}
	since := auditEnd(t)
	p.kubectl(t, "patch", "cronjob", "vaultseal-rotate", "-p", `{"spec": {"schedule": "* * * * *"}}`)
	pod := p.onlyPod(t, "batch.kubernetes.io/job-name")
	p.kubectl(t, "patch", "cronjob", "vaultseal-rotate", "-p", `{"spec": {"suspend": true}}`)
	p.awaitEnd(t, pod)
	p.isAt(t, "app", "v2")
	q.isAt(t, "app", "v2")
	p.kubectl(t, "create", "job", "again", "--from=cronjob/vaultseal-rotate")
	p.awaitEnd(t, p.onlyPod(t, "batch.kubernetes.io/job-name=again"))
	if got := slices.Compact(p.loginNames(t, since)); !slices.Equal(got, []string{rotatorJob}) {
		t.Errorf("logged in at Vault: %v", got)
	}
	for _, one := range []testNamespace{p, q} {
		one.isAt(t, "app", "v2")
		one.opens(t, "app", p.config())
	}
	if p.can(t, rotatorJob, "create", "serviceaccounts", "--subresource=token") {
		t.Error("the job's account can create tokens")
	}
}

// TestWorkloadRewrapJob: the Job in docs/rotation.md splits a rotation over its pods, each of which rewraps its part.
func TestWorkloadRewrapJob(t *testing.T) {
	t.Parallel()
	theNode(t).loadOurs(t, "vaultseal")
	p := newTestNamespace(t)
	p.restrict(t)
	p.setUpJob(t, "--cronjob-all-namespaces")
	job := documentedJob(t)
	var names []string
	for shard := range *job.Spec.Completions {
		name := fmt.Sprintf("app-%d", shard)
		names = append(names, name)
		p.seal(t, name)
		p.kubectl(t, "label", "secret", name, fmt.Sprintf("shard=%d", shard))
	}
	theStack.write(t, "vaultseal-"+p.namespace+"/keys/"+p.namespace+"/rotate", map[string]any{})
	job.TypeMeta = metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"}
	job.Namespace = p.namespace
	container := &job.Spec.Template.Spec.Containers[0]
	container.Image, container.Args = ourImage, append(container.Args, p.config())
	p.apply(t, string(mustJSON(job)))
	p.kubectl(t, "wait", "--for=condition=Complete", "job/"+job.Name, "--timeout=5m")
	for shard, name := range names {
		p.isAt(t, name, "v2")
		said := p.kubectl(t, "logs", "-l", fmt.Sprintf("batch.kubernetes.io/job-completion-index=%d", shard))
		if !oneRewrapped.MatchString(said) {
			t.Errorf("pod %d has not rewrapped one Secret, and seen no other: %s", shard, said)
		}
	}
	var ran batchv1.Job
	check(t, json.Unmarshal([]byte(p.kubectl(t, "get", "job", job.Name, "-o", "json")), &ran))
	if ran.Status.Succeeded != *job.Spec.Completions || ran.Status.Failed > 0 {
		t.Errorf("%d pods have succeeded, %d have failed", ran.Status.Succeeded, ran.Status.Failed)
	}
}

// oneRewrapped is a row of rotate: one Secret with one entry was rewrapped, none was current, skipped or failed.
var oneRewrapped = regexp.MustCompile(`\n\S+ +no +v2 +v2 +1 +1 +0 +0 +0\n$`)

// documentedJob is the Job in docs/rotation.md.
func documentedJob(t *testing.T) (job batchv1.Job) {
	t.Helper()
	page, err := os.ReadFile("../docs/rotation.md")
	check(t, err)
	_, after, _ := strings.Cut(string(page), "```yaml\napiVersion: batch/v1\nkind: Job\n")
	text, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("the page has no Job")
	}
	check(t, yaml.UnmarshalStrict([]byte(text), &job))
	return job
}

// ciPod is a job that a CI runner starts in a pod, with the second image.
const ciPod = `
apiVersion: v1
kind: Pod
metadata: {name: ci}
spec:
  serviceAccountName: vaultseal-rotator-job
  automountServiceAccountToken: true
  restartPolicy: Never
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: job
    image: registry.example/vaultseal-ci:test
    command: [sh, -ec]
    args: ["kubectl get secret app -o name && kubectl vaultseal rotate $WHERE && kubectl vaultseal verify app $WHERE"]
    env:
    - {name: VAULTSEAL_SERVICE_ACCOUNT_TOKEN_FILE, value: /var/run/secrets/vaultseal/token}
    - {name: VAULTSEAL_ROLE, value: vaultseal-rotator}
    - {name: WHERE, value: --config-namespace=SYSTEM}
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    volumeMounts:
    - {name: vault-token, mountPath: /var/run/secrets/vaultseal, readOnly: true}
  volumes:
  - name: vault-token
    projected: {sources: [{serviceAccountToken: {path: token, audience: vault, expirationSeconds: 600}}]}
`

// TestWorkloadCI: the second image runs a CI job's script, as the user that it names itself.
func TestWorkloadCI(t *testing.T) {
	t.Parallel()
	theNode(t).loadOurs(t, "vaultseal-ci")
	p := newCronJobNamespace(t)
	p.restrict(t)
	p.seal(t, "app")
	p.apply(t, strings.ReplaceAll(ciPod, "SYSTEM", p.namespace))
	p.awaitEnd(t, "ci")
	p.isAt(t, "app", "v2")
	if said := p.logs(t, "ci", "job"); !strings.HasPrefix(said, "secret/app\n") {
		t.Errorf("the job said %s", said)
	}
}
