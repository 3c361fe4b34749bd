package kube_test

import (
	"testing"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// TestUnverifiedServer: what wraps the transport (a token, impersonation, retries) does not hide that the certificate
// is not verified.
func TestUnverifiedServer(t *testing.T) {
	const secure = "https://10.1.2.3:6443"
	insecure := rest.TLSClientConfig{Insecure: true}
	for name, c := range map[string]struct {
		config rest.Config
		want   string
	}{
		"plain": {rest.Config{Host: "http://127.0.0.1:8001/api"}, "http://127.0.0.1:8001"},
		"plain, not verified": {rest.Config{Host: "http://127.0.0.1:8001", TLSClientConfig: insecure},
			"http://127.0.0.1:8001"},
		"verified":             {rest.Config{Host: secure}, ""},
		"verified with a name": {rest.Config{Host: secure, TLSClientConfig: rest.TLSClientConfig{ServerName: "a"}}, ""},
		"verified with a token": {rest.Config{Host: secure, BearerToken: "x", UserAgent: "a",
			Impersonate: rest.ImpersonationConfig{UserName: "jane"}}, ""},
		"not verified": {rest.Config{Host: secure, TLSClientConfig: insecure}, secure},
		"not verified, with a token": {rest.Config{Host: secure, TLSClientConfig: insecure, BearerToken: "x",
			UserAgent: "a", Impersonate: rest.ImpersonationConfig{UserName: "jane"}}, secure},
	} {
		kube.Tune(&c.config)
		core, err := corev1client.NewForConfig(&c.config)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := kube.UnverifiedServer(core); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := kube.UnverifiedServer(nil); got != "" {
		t.Errorf("without a client: %q", got)
	}
}
