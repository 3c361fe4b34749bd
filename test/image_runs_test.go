package test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestImageTakesFlags: flags of the connection change just what they say, and
// the API server stays the pod's.
func TestImageTakesFlags(t *testing.T) {
	p := newJobPlace(t)
	p.seal(t, "app")
	job, _ := p.pod(t, "vaultseal")
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

// TestImageIsConfined: the first image has no shell, and nobody writes to its
// root; what the test runs it in holds.
func TestImageIsConfined(t *testing.T) {
	p := newJobPlace(t)
	job, _ := p.pod(t, "vaultseal")
	job.config.Config.Entrypoint = nil
	job.ends(t, 0, "/kubectl-vaultseal", "--help")
	for _, shell := range []string{"/bin/sh", "/bin/bash", "/bin/busybox"} {
		job.ends(t, 127, shell, "-c", "exit 0")
	}
	ci, _ := p.pod(t, "vaultseal-ci")
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
	p := newJobPlace(t)
	p.seal(t, "app")
	ci, _ := p.pod(t, "vaultseal-ci")
	ci.writable = true
	p.configure(t, &ci)

	got := ci.ends(t, 0, "sh", "-c", "kubectl vaultseal rotate -o json")
	p.isAt(t, "app", "v2")
	var report struct {
		Kind    string
		Secrets []struct{ Namespace, Name, Status string }
	}
	check(t, json.Unmarshal([]byte(got.stdout), &report))
	if len(report.Secrets) != 1 || report.Secrets[0].Namespace != p.namespace || report.Secrets[0].Status != "rewrapped" {
		t.Errorf("report: %s", got.stdout)
	}
	// A job's script goes on and ends with what the plugin says.
	ci.ends(t, 2, "sh", "-e", "-c", "kubectl vaultseal rotate --no-such-flag; echo not reached")
	if got := ci.ends(t, 0, "sh", "-c", "kubectl get secret app -o name && kubectl vaultseal verify app | grep -c open"); got.stdout != "secret/app\n1\n" {
		t.Errorf("the job said %q", got.stdout)
	}
	if got := ci.ends(t, 0, "sh", "-c", `echo "$HOME" && command -v kubectl-vaultseal && kubectl version --client`).stdout; !strings.HasPrefix(got, "/home/vaultseal\n/usr/local/bin/kubectl-vaultseal\nClient Version: v") {
		t.Errorf("the job said %q", got)
	}
}

// TestImageTrustsItsBundle: without any other CA Vault's certificate is verified
// with the image's bundle, and refused when that does not have the CA.
func TestImageTrustsItsBundle(t *testing.T) {
	p := newJobPlace(t)
	p.seal(t, "app")
	job, _ := p.pod(t, "vaultseal")
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
	p := newJobPlace(t)
	p.account(t, "before")
	p.account(t, "after")
	p.jobRole(t, "1s", "before", "after")
	crop := p.sow(t, cropBatch+100)
	job, forVault := p.pod(t, "vaultseal")
	forVault.replace(t, map[string]string{"token": p.token(t, "before", "vault")})
	next := p.token(t, "after", "vault")
	proxy := plainKubeProxy(t, midway(func() {
		forVault.replace(t, map[string]string{"token": next})
		time.Sleep(1500 * time.Millisecond) // longer than Vault's token lives
	}))
	job.mounts[accountVolume] = string(newProjection(t, map[string]string{
		"token": p.token(t, rotatorJob), "ca.crt": p.stackCA(t), "namespace": p.namespace,
	}))
	job.env = append(job.env, serviceEnv(t, proxy.URL)...)

	since := auditEnd(t)
	job.ends(t, 0, "rotate", "--config-namespace="+p.namespace)
	if got := slices.Compact(p.loginNames(t, since)); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("logged in at Vault: %v, want before, then after", got)
	}
	versions, err := crop.reap()
	check(t, err)
	if versions["2"] != crop.count {
		t.Errorf("Secrets by version: %v, want %d of version 2", versions, crop.count)
	}
}
