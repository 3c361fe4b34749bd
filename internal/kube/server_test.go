package kube_test

import (
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

const kubeconfigText = `{"apiVersion": "v1", "kind": "Config",
	"clusters": [{"name": "a", "cluster": {"server": "https://a.example"}}, {"name": "serverless", "cluster": {"insecure-skip-tls-verify": true}}],
	"users": [{"name": "u", "user": {}}],
	"contexts": [{"name": "a", "context": {"cluster": "a", "user": "u"}}, {"name": "hollow", "context": {"user": "u"}},
		{"name": "gone", "context": {"cluster": "gone"}}, {"name": "serverless", "context": {"cluster": "serverless"}}]}`

func TestCheckServer(t *testing.T) {
	for flags, want := range map[string]string{
		"":                              "the kubeconfig has no current context",
		"context=a":                     "",
		"context=hollow":                `context "hollow" of the kubeconfig names no cluster`,
		"context=gone":                  `the kubeconfig has no cluster "gone", which context "gone" names`,
		"context=serverless":            `cluster "serverless" of the kubeconfig names no server`,
		"cluster=serverless":            `cluster "serverless" of the kubeconfig names no server`,
		"cluster=a":                     "",
		"context=hollow,cluster=a":      "",
		"server=https://b":              "",
		"context=serverless,server=x":   "",
		"context=nowhere":               "", // client-go's own error
		"cluster=nowhere":               "", // client-go's own error
		"context=a,cluster=serverless":  `cluster "serverless" of the kubeconfig names no server`,
		"context=nowhere,server=http:/": "",
	} {
		kubeconfig, err := clientcmd.Load([]byte(kubeconfigText))
		if err != nil {
			t.Fatal(err)
		}
		overrides := &clientcmd.ConfigOverrides{}
		for flag := range strings.SplitSeq(flags, ",") {
			name, value, _ := strings.Cut(flag, "=")
			switch name {
			case "context":
				overrides.CurrentContext = value
			case "cluster":
				overrides.Context.Cluster = value
			case "server":
				overrides.ClusterInfo.Server = value
			}
		}
		got := ""
		if err := kube.CheckServer(kubeconfig, overrides); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", flags, got, want)
		}
	}
}
