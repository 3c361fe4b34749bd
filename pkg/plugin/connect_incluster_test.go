package plugin

import (
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// podConfig is the connection that a command makes in a pod with this CA, and with the given flags.
func podConfig(t *testing.T, podCA string, flags ...string) *rest.Config {
	t.Helper()
	t.Setenv("KUBECONFIG", writeFile(t, "empty", ""))
	g := newGlobals(Process{})
	if err := g.kubeFlags.Parse(flags); err != nil {
		t.Fatal(err)
	}
	pod := &rest.Config{
		Host: "https://10.0.0.1:443", BearerToken: "pod", BearerTokenFile: "/pod/token",
		TLSClientConfig: rest.TLSClientConfig{CAFile: podCA},
	}
	g.usePodServer(pod)
	config, err := g.kube.ToRESTConfig()
	if err != nil {
		t.Fatal(err)
	}
	withPodToken(config, pod)
	if config.Host != pod.Host {
		t.Errorf("API server %s, want the pod's", config.Host)
	}
	return config
}

func TestThePodCompletesFlags(t *testing.T) {
	certificate, key := writeFile(t, "crt", "any"), writeFile(t, "key", "any")
	ca, podCA := writeFile(t, "ca", "any"), writeFile(t, "pod-ca", "any")
	for name, test := range map[string]struct {
		flags         []string
		token, caFile string
		also          func(*rest.Config) bool
	}{
		"no flags": {nil, "pod", podCA, nil},
		"timeout": {[]string{"--request-timeout=1m"}, "pod", podCA,
			func(c *rest.Config) bool { return c.Timeout == time.Minute }},
		"impersonation": {[]string{"--as=jane"}, "pod", podCA,
			func(c *rest.Config) bool { return c.Impersonate.UserName == "jane" }},
		"token": {[]string{"--token=flag"}, "flag", podCA,
			func(c *rest.Config) bool { return c.BearerTokenFile == "" }},
		"client certificate": {[]string{"--client-certificate=" + certificate, "--client-key=" + key}, "", podCA,
			func(c *rest.Config) bool { return c.CertFile == certificate }},
		"CA": {[]string{"--certificate-authority=" + ca}, "pod", ca, nil},
		"insecure": {[]string{"--insecure-skip-tls-verify"}, "pod", "",
			func(c *rest.Config) bool { return c.Insecure }},
	} {
		t.Run(name, func(t *testing.T) {
			got := podConfig(t, podCA, test.flags...)
			if got.BearerToken != test.token {
				t.Errorf("token %q, want %q", got.BearerToken, test.token)
			}
			if got.CAFile != test.caFile {
				t.Errorf("CA %q, want %q", got.CAFile, test.caFile)
			}
			if test.also != nil && !test.also(got) {
				t.Errorf("the flags do not show in %#v", got)
			}
		})
	}
}
