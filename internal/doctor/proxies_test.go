package doctor

import "testing"

func TestProxies(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*examined)
		says   string
	}{
		"none": {func(*examined) {}, "the API server directly; Vault directly"},
		"the environment's": {func(x *examined) {
			x.host, x.env["HTTPS_PROXY"] = "https://kubernetes.example", "http://user:planted@proxy.example:3128"
		}, "the API server through http://proxy.example:3128 (HTTPS_PROXY); Vault directly: HTTPS_PROXY is not used for it"},
		"an exception": {func(x *examined) {
			x.host, x.env["https_proxy"] = "https://kubernetes.example", "http://proxy.example:3128"
			x.env["NO_PROXY"] = "kubernetes.example"
		}, "the API server directly; Vault directly: https_proxy is not used for it"},
		"the kubeconfig's": {func(x *examined) { x.proxy = "socks5://user:planted@proxy.example" },
			"the API server through socks5://proxy.example (proxy-url of the kubeconfig); Vault directly"},
		"Vault's": {func(x *examined) { x.flags["vault-proxy-url"] = "http://user:planted@proxy.example:3128" },
			"the API server directly; Vault through http://proxy.example:3128 (flag --vault-proxy-url)"},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExamined()
			c.change(x)
			if check := x.checks(t)[Proxies]; check.Status != OK || check.Summary != c.says {
				t.Errorf("%s: %s, want %s", check.Status, check.Summary, c.says)
			}
		})
	}
}
