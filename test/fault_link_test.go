package test

import (
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// link is a network path to a server that can be made bad.
type link struct{ *servers.Link }

func newLink(t *testing.T, server string) *link {
	t.Helper()
	made, err := servers.NewLink(freePort(t), server)
	check(t, err)
	t.Cleanup(made.Cut)
	return &link{made}
}

// restore accepts connections again, at the same address.
func (l *link) restore(t *testing.T) {
	t.Helper()
	check(t, l.Restore())
}

// These are not Fatal: a proxy's goroutine may be here.

func (l *link) latency(t *testing.T, delay, jitter int) {
	t.Helper()
	if err := l.Latency(delay, jitter); err != nil {
		t.Error(err)
	}
}

func (l *link) swallow(t *testing.T) {
	t.Helper()
	if err := l.Swallow(); err != nil {
		t.Error(err)
	}
}

func (l *link) reset(t *testing.T) {
	t.Helper()
	if err := l.Reset(); err != nil {
		t.Error(err)
	}
}

// farVault is the namespace with a link before its Vault.
func (p sealedNamespace) farVault(t *testing.T) (sealedNamespace, *link) {
	t.Helper()
	l := newLink(t, p.on.vaultAddr)
	return p.with("VAULT_ADDR=" + l.URL()), l
}

// farKube is the namespace with a link before its API server.
func (p sealedNamespace) farKube(t *testing.T) (sealedNamespace, *link) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(p.on.kubeconfig)
	check(t, err)
	context := config.Contexts[config.CurrentContext]
	l := newLink(t, config.Clusters[context.Cluster].Server)
	context.Namespace, config.Clusters[context.Cluster].Server = p.namespace, l.URL()
	kubeconfig := filepath.Join(t.TempDir(), "far")
	check(t, clientcmd.WriteToFile(*config, kubeconfig))
	return p.with("KUBECONFIG=" + kubeconfig), l
}
