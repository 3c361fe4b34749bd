package test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestImageCronJob runs the CronJob that setup makes for some namespaces, as kubelet would.
func TestImageCronJob(t *testing.T) {
	p, q := newTestNamespace(t), newTestNamespace(t)
	p.setUpJob(t, "--namespaces="+p.namespace+","+q.namespace)
	job := p.rotatesOnce(t, q)[0]
	for _, where := range []string{"-A", "--namespace=default"} {
		if got := job.ends(t, 4, "rotate", p.config(), where); !strings.Contains(got.stderr, "cannot list resource") {
			t.Errorf("%s: %s", where, got.stderr)
		}
	}
}

// TestImageCronJobEverywhere runs the one that setup makes for the whole cluster.
func TestImageCronJobEverywhere(t *testing.T) {
	p, q := newTestNamespace(t), newTestNamespace(t)
	p.setUpJob(t, "--cronjob-all-namespaces")
	p.administer(t, theStack, "setup", "namespace", q.namespace, "--grant=user:"+developer)
	p.rotatesOnce(t, q)
}

// rotatesOnce: the namespace's CronJob, whose containers it returns, rotates in both namespaces if the keys are old,
// and not again. Only its account can log in to Vault, and it gets tokens from kubelet only.
func (p testNamespace) rotatesOnce(t *testing.T, q testNamespace) []container {
	t.Helper()
	for _, one := range []testNamespace{p, q} {
		theStack.age(t, "vaultseal-"+p.namespace+"/"+one.namespace, 30*24*time.Hour)
		one.seal(t, "app", p.config())
	}
	containers := p.newPod(t, p.template(t)).containers(t)
	for range 2 {
		since := auditEnd(t)
		for _, c := range containers {
			c.ends(t, 0, c.args...)
		}
		p.isAt(t, "app", "v2")
		q.isAt(t, "app", "v2")
		if got := slices.Compact(p.loginNames(t, since)); !slices.Equal(got, []string{rotatorJob}) {
			t.Errorf("logged in at Vault: %v", got)
		}
	}
	for _, one := range []testNamespace{p, q} {
		one.opens(t, "app", p.config())
	}
	if p.can(t, rotatorJob, "create", "serviceaccounts", "--subresource=token") {
		t.Error("the job's account can create tokens")
	}
	return containers
}

// TestImageRewrapJob runs the Job that docs/rotation.md splits a large cluster with: each of its pods rewraps its part.
func TestImageRewrapJob(t *testing.T) {
	p := newTestNamespace(t)
	p.setUpJob(t, "--cronjob-all-namespaces")
	job := documentedJob(t)
	for shard := range *job.Spec.Completions {
		name := fmt.Sprintf("app-%d", shard)
		p.seal(t, name)
		p.kubectl(t, "label", "secret", name, fmt.Sprintf("shard=%d", shard))
	}
	theStack.write(t, "vaultseal-"+p.namespace+"/keys/"+p.namespace+"/rotate", map[string]any{})
	index := corev1.EnvVar{Name: "JOB_COMPLETION_INDEX",
		ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{
			FieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']",
		}}}
	spec := &job.Spec.Template.Spec.Containers[0]
	if !reflect.DeepEqual(spec.Env, []corev1.EnvVar{index}) {
		t.Fatalf("the environment is %v", spec.Env)
	}
	spec.Env = nil // which is filled in below
	c := p.newPod(t, job.Spec.Template).containers(t)[0]
	for shard := range *job.Spec.Completions {
		name := fmt.Sprintf("app-%d", shard)
		p.isAt(t, name, "v1")
		args := []string{}
		for _, arg := range c.args {
			args = append(args, strings.ReplaceAll(arg, "$(JOB_COMPLETION_INDEX)", strconv.Itoa(int(shard))))
		}
		c.ends(t, 0, append(args, p.config())...)
		p.isAt(t, name, "v2")
	}
}

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

// TestImageTakesFlags: flags of the connection change just what they say, and
// the API server stays the pod's.
func TestImageTakesFlags(t *testing.T) {
	p := newCronJobNamespace(t)
	p.seal(t, "app")
	job := p.container(t, "vaultseal")
	p.configure(t, &job)
	job.ends(t, 0, "rotate", "--request-timeout=1m")
	p.isAt(t, "app", "v2")
	for flag, says := range map[string]string{
		"--as=nobody":       "cannot impersonate",
		"--token=of-nobody": "Unauthorized",
		"--namespace=other": `namespace "other"`,
	} {
		got := job.ends(t, 4, "rotate", flag)
		if !strings.Contains(got.stderr, says) || strings.Contains(got.stderr, "no kubeconfig") {
			t.Errorf("%s: %s", flag, got.stderr)
		}
	}
}

// TestImageIsConfined: the first image has no shell, no process can write to its root, and the test's restrictions are
// in effect.
func TestImageIsConfined(t *testing.T) {
	p := newCronJobNamespace(t)
	job := p.container(t, "vaultseal")
	job.config.Config.Entrypoint = nil
	job.ends(t, 0, "/kubectl-vaultseal", "--help")
	for _, shell := range []string{"/bin/sh", "/bin/bash", "/bin/busybox"} {
		job.ends(t, 127, shell, "-c", "exit 0")
	}
	ci := p.container(t, "vaultseal-ci")
	if got := ci.ends(t, 0, "sh", "-c", "id -u; id -g; id -G").stdout; got != "65532\n65532\n65532\n" {
		t.Errorf("runs as %q", got)
	}
	ci.ends(t, 1, "sh", "-c", "echo >/home/vaultseal/file")
	ci.writable = true
	ci.ends(t, 0, "sh", "-c", "echo >/home/vaultseal/file && echo >/tmp/file")
	ci.ends(t, 1, "sh", "-c", "echo >/file")
}

// TestImageInCI runs the second image as a CI runner does.
func TestImageInCI(t *testing.T) {
	p := newCronJobNamespace(t)
	p.seal(t, "app")
	ci := p.container(t, "vaultseal-ci")
	ci.writable = true
	p.configure(t, &ci)

	got := ci.ends(t, 0, "sh", "-c", "kubectl vaultseal rotate -o json")
	p.isAt(t, "app", "v2")
	var report struct {
		Kind    string
		Secrets []struct{ Namespace, Name, Status string }
	}
	check(t, json.Unmarshal([]byte(got.stdout), &report))
	if len(report.Secrets) != 1 || report.Secrets[0].Namespace != p.namespace ||
		report.Secrets[0].Status != "rewrapped" {
		t.Errorf("report: %s", got.stdout)
	}
	// GitHub gives the job another user's home, and docs/ci.md writes the kubeconfig to a directory that everyone can
	// write to.
	foreign := ci
	foreign.env = append(slices.Clone(ci.env), "HOME=/github/home")
	foreign.ends(t, 0, "sh", "-ec",
		`umask 077; printf %s "$HOSTNAME" > /tmp/kubeconfig; if mkdir -p "$HOME"; then exit 9; fi; `+
			`kubectl vaultseal verify app`)
	// A job's script goes on and ends with what the plugin says.
	ci.ends(t, 2, "sh", "-e", "-c", "kubectl vaultseal rotate --no-such-flag; echo not reached")
	if got := ci.ends(t, 0, "sh", "-c", "kubectl get secret app -o name && kubectl vaultseal verify app | grep -c "+
		"open"); got.stdout != "secret/app\n1\n" {
		t.Errorf("the job said %q", got.stdout)
	}
	if got := ci.ends(t, 0, "sh", "-c",
		`echo "$HOME" && command -v kubectl-vaultseal && kubectl version --client`).stdout; !strings.HasPrefix(got,
		"/home/vaultseal\n/usr/local/bin/kubectl-vaultseal\nClient Version: v") {
		t.Errorf("the job said %q", got)
	}
}

// TestImageExec starts commands with sealed values, in the image itself and in one that has a shell, as a pod does that
// has a token for Vault.
func TestImageExec(t *testing.T) {
	p := newCronJobNamespace(t)
	p.seal(t, "app")
	p.kubectl(t, "create", "role", "reads-app", "--verb=get", "--resource=secrets", "--resource-name=app")
	p.kubectl(t, "create", "rolebinding", "reads-app", "--role=reads-app", "--serviceaccount="+p.namespace+":"+
		rotatorJob)
	start := func(image string) container {
		c := p.container(t, image)
		p.configure(t, &c)
		projection(c.mounts[vaultVolume]).replace(t,
			map[string]string{"token": p.token(t, "vaultseal-reader", "vault")})
		c.env = append(c.env, "VAULTSEAL_ROLE=vaultseal-reader")
		return c
	}
	image := start("vaultseal")
	image.ends(t, 0, "exec", "app", "--", "/kubectl-vaultseal", "options")
	image.ends(t, 127, "exec", "app", "--", "sh")
	ci := start("vaultseal-ci")
	for _, args := range [][]string{
		{"exec", "app", "--", "sh", "-c", "echo $password"},
		{"exec", "app", "--fd", "3", "--pristine", "--", "/bin/sh", "-c",
			`IFS='"' read -r _ _ _ value _ <&3; echo "$value"`},
	} {
		if got := ci.ends(t, 0, append([]string{"kubectl-vaultseal"}, args...)...); !strings.HasPrefix(got.stdout,
			"correct horse\n") {
			t.Errorf("%q: %s", args, got.stdout)
		}
	}
}

// TestImageTrustsItsBundle: without any other CA Vault's certificate is verified
// with the image's bundle, and refused when that does not have the CA.
func TestImageTrustsItsBundle(t *testing.T) {
	p := newCronJobNamespace(t)
	p.seal(t, "app")
	job := p.container(t, "vaultseal")
	p.configure(t, &job)
	job.env = append(job.env, "VAULT_CACERT=")
	rotate := []string{"rotate", "--config-namespace="}
	got := job.ends(t, 1, rotate...)
	if !strings.Contains(got.stderr, "certificate") {
		t.Errorf("does not speak of the certificate: %s", got.stderr)
	}
	p.isAt(t, "app", "v1")
	bundle := newProjection(t, map[string]string{"ca-certificates.crt": p.stackCA(t)})
	job.mounts["/etc/ssl/certs"] = string(bundle)
	job.ends(t, 0, rotate...)
	p.isAt(t, "app", "v2")
}

// TestImageReadsTheTokenAgain: kubelet replaces the projected token during a
// rotation that logs in more than once. The new one is another account's, which
// a real kubelet's never is, so that Vault's audit log tells them apart.
func TestImageReadsTheTokenAgain(t *testing.T) {
	p := newCronJobNamespace(t, "--transit-key=transit/{namespace}-derived", "--reuse-keys")
	p.kubectl(t, "create", "serviceaccount", "before")
	p.kubectl(t, "create", "serviceaccount", "after")
	theStack.write(t, "auth/"+p.namespace+"/role/vaultseal-rotator", map[string]any{
		"bound_service_account_names": []string{"before", "after"}, "token_ttl": "1s",
	})
	secrets := p.create(t, batchItems+100)
	job := p.container(t, "vaultseal")
	forVault, account := projection(job.mounts[vaultVolume]), projection(job.mounts[accountVolume])
	forVault.replace(t, map[string]string{"token": p.token(t, "before", "vault")})
	next := p.token(t, "after", "vault")
	proxy := plainKubeProxy(t, midway(func() {
		forVault.replace(t, map[string]string{"token": next})
		time.Sleep(1500 * time.Millisecond) // longer than Vault's token lives
	}))
	account.replace(t, map[string]string{"token": p.token(t, rotatorJob), "ca.crt": p.stackCA(t),
		"namespace": p.namespace})
	job.env = append(job.env, serviceEnv(t, proxy.URL)...)

	since := auditEnd(t)
	job.ends(t, 0, "rotate", p.config())
	if got := slices.Compact(p.loginNames(t, since)); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("logged in at Vault: %v, want before, then after", got)
	}
	versions, err := secrets.openAll()
	check(t, err)
	if versions["2"] != secrets.count {
		t.Errorf("Secrets by version: %v, want %d of version 2", versions, secrets.count)
	}
}
