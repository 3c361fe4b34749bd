package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

var (
	derived = aes("derived", true, 1)
	plain   = aes("plain", false, 1)
)

// newTestClient is a Client over fakes, configured with the key template.
func newTestClient(t *testing.T, cluster *fakeCluster, v *fakeVault, key string) *Client {
	t.Helper()
	template, err := sealed.ParseKeyTemplate(key)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{
		store: NewCluster(cluster, ClusterOptions{Concurrency: 8}), vault: func(string) vault { return v },
		keys:         template,
		close:        func(context.Context) error { return nil },
		concurrency:  8,
		derived:      &derivedKeys{},
		originsAsked: &atomic.Int32{},
		pause:        func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		now:          time.Now,
	}
}

// sealedSecret is a Secret as Create writes it, with a strict scope under a derived key.
func sealedSecret(namespace, name string, key transit.KeyInfo, version int, entries map[string]string) *corev1.Secret {
	scope := sealed.Unbound
	if key.Derived {
		scope = sealed.Strict
	}
	as := sealed.Secret{Namespace: namespace, Name: name, Key: key.Key, Scope: scope}
	set := map[string]transit.Ciphertext{}
	for entry, plaintext := range entries {
		set[entry] = ciphertext(key.Key, version, string(as.Context(entry)), plaintext)
	}
	return Change{As: as, Set: set}.applied()
}

// seedSecret is a Secret as the Python tool writes it.
func seedSecret(namespace, name string, key transit.KeyInfo, version int, plaintext string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Type:       corev1.SecretTypeOpaque,
		Data:       map[string][]byte{"secrets.json": []byte(ciphertext(key.Key, version, "", plaintext).String())},
	}
}

func mustOpen(t *testing.T, c *Client, namespace, name string) map[string][]byte {
	t.Helper()
	entries, err := c.Open(t.Context(), namespace, name)
	if err != nil {
		t.Fatalf("open %s/%s: %v", namespace, name, err)
	}
	return entries
}
