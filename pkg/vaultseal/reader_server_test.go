package vaultseal_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

const kubeconfigText = `{"apiVersion": "v1", "kind": "Config",
	"clusters": [{"name": "a", "cluster": {"server": "https://a.example"}},
		{"name": "serverless", "cluster": {"insecure-skip-tls-verify": true}}],
	"users": [{"name": "u", "user": {}}],
	"contexts": [{"name": "a", "context": {"cluster": "a", "user": "u"}}, {"name": "hollow", "context": {"user": "u"}},
		{"name": "gone", "context": {"cluster": "gone"}},
		{"name": "serverless", "context": {"cluster": "serverless"}}]}`

// TestNewNeedsAServer: without a server nothing is sent, neither to client-go's defaults nor anywhere else.
func TestNewNeedsAServer(t *testing.T) {
	t.Setenv("KUBERNETES_MASTER", "http://127.0.0.1:1")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	dir := t.TempDir()
	path := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, option := range map[string]vaultseal.Option{
		"no context":    vaultseal.WithKubeconfig(path("config", kubeconfigText), ""),
		"no cluster":    vaultseal.WithKubeconfig(path("config", kubeconfigText), "hollow"),
		"no server":     vaultseal.WithKubeconfig(path("config", kubeconfigText), "serverless"),
		"no kubeconfig": vaultseal.WithKubeconfig(path("empty", ""), ""),
		"no host":       vaultseal.WithKubernetes(&rest.Config{}),
	} {
		_, err := vaultseal.NewReader(t.Context(), option, vaultseal.WithVaultAddress("https://127.0.0.1:1"),
			vaultseal.WithNamespace("default"))
		var missing *kube.NoServerError
		if !errors.As(err, &missing) {
			t.Errorf("%s: %v, want a *NoServerError", name, err)
		}
	}
}

// TestUnverifiedServerDoesNotDecide: the ConfigMap's Vault is not used over plain http or without a verified
// certificate, and one from the program is.
func TestUnverifiedServerDoesNotDecide(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]string{
			"vault-addr": "https://127.0.0.1:1", "vault-namespace": "theirs",
		}})
	}))
	defer server.Close()
	at := vaultseal.WithKubernetes(&rest.Config{Host: server.URL})
	_, err := vaultseal.NewReader(t.Context(), at, vaultseal.WithNamespace("default"))
	var missing *config.MissingError
	if !errors.As(err, &missing) || missing.UnverifiedServer != server.URL ||
		!strings.Contains(err.Error(), "plain http") {
		t.Errorf("%v, want a *config.MissingError that names %s", err, server.URL)
	}
	secure := httptest.NewTLSServer(server.Config.Handler)
	defer secure.Close()
	unverified := &rest.Config{Host: secure.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	wrapped := rest.CopyConfig(unverified)
	wrapped.Wrap(func(inner http.RoundTripper) http.RoundTripper { return opaque{inner} })
	for _, insecure := range []*rest.Config{unverified, wrapped} {
		_, err = vaultseal.NewReader(t.Context(), vaultseal.WithKubernetes(insecure),
			vaultseal.WithNamespace("default"))
		if !errors.As(err, &missing) || missing.UnverifiedServer != secure.URL {
			t.Errorf("%v, want a *config.MissingError that names %s", err, secure.URL)
		}
	}
	reader, err := vaultseal.NewReader(t.Context(), at, vaultseal.WithNamespace("default"),
		vaultseal.WithVaultAddress("https://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close(t.Context())
}

// opaque wraps a transport as many programs do: it does not tell what it wraps.
type opaque struct{ inner http.RoundTripper }

func (o opaque) RoundTrip(r *http.Request) (*http.Response, error) { return o.inner.RoundTrip(r) }
