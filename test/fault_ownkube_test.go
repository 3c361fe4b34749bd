package test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// ownKube is an API server of a test's own over the stack's etcd.
type ownKube struct {
	stack // with this API server in place of the stack's
	*servers.Kube
}

// newOwnKube starts one with the stack's flags and some more, which replace those of the same name.
func newOwnKube(t *testing.T, flags ...string) *ownKube {
	t.Helper()
	server, err := servers.NewKube(servers.KubeOptions{
		Stack: theStack.dir, Kubeconfig: theStack.kubeconfig, Dir: t.TempDir(), Address: freePort(t), Flags: flags,
	})
	check(t, err)
	k := &ownKube{stack: theStack, Kube: server}
	k.kubeAudit, k.kubeconfig = server.Audit, server.Kubeconfig
	check(t, k.Start())
	t.Cleanup(k.Kill)
	return k
}

// etcd is the address of the stack's etcd.
func etcd(t *testing.T) string {
	t.Helper()
	const flag = "--etcd-servers="
	command, err := servers.KubeCommand(theStack.dir)
	check(t, err)
	at := slices.IndexFunc(command.Args, func(arg string) bool { return strings.HasPrefix(arg, flag) })
	if at < 0 {
		t.Fatal("the API server's flags do not say where etcd is")
	}
	return strings.TrimPrefix(command.Args[at], flag)
}

// pause stops the API server where it is for a while. Its connections stay.
func (k *ownKube) pause(t *testing.T, while time.Duration) {
	t.Helper()
	check(t, k.Pause(while))
}
