package test

import (
	"bytes"
	"context"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"k8s.io/client-go/tools/clientcmd"
)

// link is a network path to a server that can be made bad. TLS passes through
// it: the servers' certificates cover 127.0.0.1.
type link struct{ proxy *toxiproxy.Proxy }

func newLink(t *testing.T, server string) *link {
	t.Helper()
	target, err := url.Parse(server)
	check(t, err)
	control := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &link{proxy: toxiproxy.NewProxy(control, t.Name(), freePort(t), target.Host)}
	l.restore(t)
	t.Cleanup(l.cut)
	return l
}

func (l *link) url() string { return "https://" + l.proxy.Listen }

// leadTo sends new connections to another server, and gives the address of the one before.
func (l *link) leadTo(address string) (before string) {
	before, l.proxy.Upstream = l.proxy.Upstream, address
	return before
}

// cut closes all connections and refuses new ones.
func (l *link) cut() { l.proxy.Stop() }

// restore accepts connections again, at the same address.
func (l *link) restore(t *testing.T) {
	t.Helper()
	check(t, l.proxy.Start())
}

// latency delays what the server says, by a time and a jitter, in milliseconds.
func (l *link) latency(t *testing.T, delay, jitter int) {
	t.Helper()
	l.add(t, map[string]any{"type": "latency", "attributes": map[string]int{"latency": delay, "jitter": jitter}})
}

// swallow loses all that both sides say, without a word to either.
func (l *link) swallow(t *testing.T) {
	t.Helper()
	for _, direction := range []string{"upstream", "downstream"} {
		l.add(t, map[string]any{"type": "timeout", "stream": direction, "attributes": map[string]int{"timeout": 0}})
	}
}

// reset answers whatever is sent with a TCP reset.
func (l *link) reset(t *testing.T) {
	t.Helper()
	l.add(t, map[string]any{"type": "reset_peer", "stream": "upstream", "attributes": map[string]int{"timeout": 0}})
}

func (l *link) add(t *testing.T, toxic map[string]any) {
	t.Helper()
	_, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(mustJSON(toxic)))
	if err != nil {
		t.Error(err) // not Fatal: a proxy's goroutine may be here
	}
}

// heal takes away what was added.
func (l *link) heal() { l.proxy.Toxics.ResetToxics(context.Background()) }

// farVault is the namespace with a link before its Vault.
func (p sealedNamespace) farVault(t *testing.T) (sealedNamespace, *link) {
	t.Helper()
	l := newLink(t, p.on.vaultAddr)
	return p.with("VAULT_ADDR=" + l.url()), l
}

// farKube is the namespace with a link before its API server.
func (p sealedNamespace) farKube(t *testing.T) (sealedNamespace, *link) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(p.on.kubeconfig)
	check(t, err)
	context := config.Contexts[config.CurrentContext]
	l := newLink(t, config.Clusters[context.Cluster].Server)
	context.Namespace, config.Clusters[context.Cluster].Server = p.namespace, l.url()
	kubeconfig := filepath.Join(t.TempDir(), "far")
	check(t, clientcmd.WriteToFile(*config, kubeconfig))
	return p.with("KUBECONFIG=" + kubeconfig), l
}
