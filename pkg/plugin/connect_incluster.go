package plugin

import (
	"errors"
	"io/fs"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// usePod makes the API server of the pod that this process runs in the one of
// --server when neither a kubeconfig nor that flag names any, and returns the
// pod's configuration; nil when it is not used. clientcmd does the same, but
// only as long as no flag says anything else of the connection: with
// --request-timeout, --as or --token it calls localhost instead.
// It must come before the flags' loader is used: that keeps what it has read.
func (g *globals) usePod() (*rest.Config, error) {
	if *g.kube.APIServer != "" {
		return nil, nil
	}
	pod, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = *g.kube.KubeConfig
	kubeconfig, err := rules.Load()
	if err != nil {
		return nil, err
	}
	if !clientcmdapi.IsConfigEmpty(kubeconfig) {
		return nil, nil
	}
	g.usePodServer(pod)
	return pod, nil
}

func (g *globals) usePodServer(pod *rest.Config) {
	*g.kube.APIServer = pod.Host
	if *g.kube.CAFile == "" && !*g.kube.Insecure {
		*g.kube.CAFile = pod.CAFile
	}
}

// withPodToken lets the pod's account ask when no flag says who does.
func withPodToken(config, pod *rest.Config) {
	if config.BearerToken == "" && config.Username == "" && config.CertFile == "" {
		config.BearerToken, config.BearerTokenFile = pod.BearerToken, pod.BearerTokenFile
	}
}
