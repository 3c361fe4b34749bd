package test

import (
	"io/fs"
	"slices"
	"testing"
)

const twoUsers = `
apiVersion: v1
kind: Pod
metadata: {name: users}
spec:
  serviceAccountName: users
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: 1
  containers:
  - name: one
    image: ` + probeImage + `
    command: [/probe, wait]
    securityContext: {runAsUser: 1001}
    volumeMounts: [{name: one, mountPath: /m}]
  - name: two
    image: ` + probeImage + `
    command: [/probe, wait]
    securityContext: {runAsUser: 1002}
    volumeMounts: [{name: two, mountPath: /m}]
  volumes:
  - {name: one, secret: {secretName: keys, defaultMode: 0400, items: [{key: one, path: key}]}}
  - {name: two, secret: {secretName: keys, defaultMode: 0400, items: [{key: two, path: key}]}}
`

// TestWorkloadUsers: where containers run as different users, each reads its file of a mode that hides it from others,
// because an init container of its user writes it.
func TestWorkloadUsers(t *testing.T) {
	t.Parallel()
	n := theNode(t)
	n.loadProbe(t)
	n.loadVaultseal(t)
	p := newTestNamespace(t)
	p.kubectl(t, "create", "serviceaccount", "users")
	p.workloadRole(t, "users")
	p.develops(t, "create", "keys", "--from-literal=one=users-horse-1", "--from-literal=two=users-horse-2")
	p.apply(t, p.injected(t, p.file(t, "pod.yaml", twoUsers), "--refresh"))

	pod := p.awaitReady(t, "users")
	var added []string
	for _, c := range pod.Spec.InitContainers {
		added = append(added, c.Name)
	}
	if !slices.Equal(added, []string{"vaultseal", "vaultseal-1002", "vaultseal-refresh", "vaultseal-refresh-1002"}) {
		t.Errorf("init containers %v", added)
	}
	for container, want := range map[string]struct {
		user int
		text string
	}{"one": {1001, "users-horse-1"}, "two": {1002, "users-horse-2"}} {
		given := p.given(t, "users", container, "/m")
		file := given.Files["/m/key"]
		if given.UID != want.user || int(file.UID) != want.user || file.Mode != fs.FileMode(0o400) ||
			string(file.Content) != want.text {
			t.Errorf("container %s runs as %d and has %s", container, given.UID, show(file))
		}
	}
}
