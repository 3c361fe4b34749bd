package test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// TestImageCronJob runs what setup makes: the CronJob that the API server has, in the image that it names, with
// what kubelet gives such a pod, and nothing else.
func TestImageCronJob(t *testing.T) {
	p := newPlace(t)
	system := place{namespace: p.namespace + "-system", dir: p.dir, kubeconfig: p.kubeconfig}
	config := "--config-namespace=" + system.namespace
	administrator := []string{"VAULT_TOKEN=" + theStack.rootToken}
	p.succeeds(t, administrator, "setup", config, "--vault-auth-mount="+p.namespace, "--namespaces="+p.namespace,
		"--cronjob", "--image=vaultseal", "--schedule=0 3 28 * *", "--if-older-than=1ms")
	t.Cleanup(func() { theStack.dropNamespace(system.namespace) })
	p.succeeds(t, nil, "create", "app", config, "-f", p.file(t, "secrets.json", `{"password": "correct horse"}`))
	p.isAt(t, "app", "v1")

	job, args := system.podOf(t, system.cronJob(t).JobTemplate.Spec.Template.Spec)
	since := auditEnd(t)
	job.ends(t, 0, args...)
	p.isAt(t, "app", "v2")
	args[slices.Index(args, "--if-older-than=1ms")] = "--if-older-than=1h"
	job.ends(t, 0, args...) // tried again it does not rotate twice
	p.isAt(t, "app", "v2")
	if got := system.loginNames(t, since); !slices.Equal(got, []string{rotatorJob, rotatorJob}) {
		t.Errorf("logged in at Vault: %v", got)
	}

	account := "system:serviceaccount:" + system.namespace + ":" + rotatorJob
	job.ends(t, 4, "rotate", "-A", config) // its rights are the namespace's
	for question, want := range map[string]bool{
		"list secrets": true, "patch secrets": true, "create secrets": false, "delete secrets": false, "create serviceaccounts/token": false,
	} {
		_, err := theStack.kubectl("", append([]string{"auth", "can-i", "--as", account, "-n", p.namespace}, strings.Fields(question)...)...)
		if (err == nil) != want {
			t.Errorf("may the Job's account %s? %v", question, err)
		}
	}
}

// succeeds runs the plugin with more in its environment.
func (p place) succeeds(t *testing.T, env []string, args ...string) {
	t.Helper()
	if got := p.vaultsealWith(t, env, args...); got.code != 0 {
		t.Fatalf("%s: exit code %d: %s", args[0], got.code, got.stderr)
	}
}

// cronJob is the one that setup has made in the place.
func (p place) cronJob(t *testing.T) batchv1.CronJobSpec {
	t.Helper()
	var cronJob batchv1.CronJob
	check(t, json.Unmarshal([]byte(p.kubectl(t, "get", "cronjob", "vaultseal-rotate", "-o", "json")), &cronJob))
	return cronJob.Spec
}

// podOf is a pod of the place as kubelet would start it, with its one container's arguments.
func (p place) podOf(t *testing.T, spec corev1.PodSpec) (container, []string) {
	t.Helper()
	if len(spec.Containers) != 1 || len(spec.Containers[0].Command) > 0 {
		t.Fatalf("want one container, and the image's own command: %+v", spec.Containers)
	}
	wanted := spec.Containers[0]
	c := newContainer(t, wanted.Image)
	c.config.Config.User = fmt.Sprintf("%d:%d", *spec.SecurityContext.RunAsUser, *spec.SecurityContext.RunAsGroup)
	c.writable = !*wanted.SecurityContext.ReadOnlyRootFilesystem
	c.env = append(serviceEnv(t, theStack.apiServer(t)), "HOSTNAME=rotate-28")
	for _, variable := range wanted.Env {
		c.env = append(c.env, variable.Name+"="+variable.Value)
	}
	if *spec.AutomountServiceAccountToken {
		c.mounts[accountVolume] = string(p.accountVolume(t, spec.ServiceAccountName))
	}
	for _, mount := range wanted.VolumeMounts {
		c.mounts[mount.MountPath] = string(p.projected(t, spec, mount.Name))
	}
	return c, wanted.Args
}

// projected is a volume of a pod that holds tokens of its account.
func (p place) projected(t *testing.T, spec corev1.PodSpec, name string) projection {
	t.Helper()
	at := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == name })
	files := map[string]string{}
	for _, source := range spec.Volumes[at].Projected.Sources {
		files[filepath.Base(source.ServiceAccountToken.Path)] = p.token(t, spec.ServiceAccountName, source.ServiceAccountToken.Audience)
	}
	return newProjection(t, files)
}
