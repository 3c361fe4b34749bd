package plugin

import (
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// checkServer refuses a kubeconfig that names no API server. It comes after usePod, which names the pod's.
func (g *globals) checkServer() error {
	raw, err := g.kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return err
	}
	if *g.kube.APIServer == "" && clientcmdapi.IsConfigEmpty(&raw) {
		return newUsageError(&kube.NoServerError{NoKubeconfig: true}, "")
	}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: *g.kube.Context}
	overrides.Context.Cluster, overrides.ClusterInfo.Server = *g.kube.ClusterName, *g.kube.APIServer
	if err := kube.CheckServer(&raw, overrides); err != nil {
		return newUsageError(err, "")
	}
	return nil
}
