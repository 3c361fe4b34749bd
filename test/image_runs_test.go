package test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests here run the images without a node: the images of `make images` in a root of their own, with what the API
// server admits for a pod. What a pod of the node shows, such as the CronJob's and the Job's, is in the tests of
// TestWorkload. These stay because they show what a pod cannot: a token that changes its owner, another CA bundle, a
// root that can be written to, a CI runner that is no kubelet, and exit codes.

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
