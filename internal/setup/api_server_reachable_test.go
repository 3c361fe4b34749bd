package setup

import (
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

func TestHostWarning(t *testing.T) {
	const own, path = "another machine", "Rancher"
	for host, want := range map[string]string{
		"https://127.0.0.1:6443":                  own,
		"https://127.1.2.3":                       own,
		"https://localhost:6443":                  own,
		"https://LOCALHOST.":                      own,
		"https://kind.localhost:6443":             own,
		"https://[::1]:6443":                      own,
		"https://0.0.0.0:6550":                    own,
		"https://[::]:6550":                       own,
		"https://kubernetes.docker.internal:6443": own,
		"https://rancher/k8s/clusters/c-m-x":      path,
		"https://10.0.0.1:6443":                   "",
		"https://10.0.0.1:6443/":                  "",
		"https://api.example.com":                 "",
		"https://localhost.example.com":           "",
		"https://[2001:db8::1]:6443":              "",
		"https://kubernetes.default.svc":          "",
	} {
		i := installed(t, "vaultseal/{namespace}")
		i.Cluster.Host, i.Unsaid.Host = host, true
		got := i.HostWarning()
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
		if got != "" && (!strings.Contains(got, "Vault must reach the API server at "+host+": ") ||
			!strings.Contains(got, "--kubernetes-host")) {
			t.Errorf("%s: %q", host, got)
		}
		i.Unsaid.Host = false
		if got := i.HostWarning(); got != "" {
			t.Errorf("%s, said by the user: %q", host, got)
		}
		i.Unsaid.Host, i.Method = true, transit.MethodJWT
		if got := i.HostWarning(); got != "" {
			t.Errorf("%s, jwt: %q", host, got)
		}
	}
}
