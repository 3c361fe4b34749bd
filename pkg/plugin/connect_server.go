package plugin

import (
	"errors"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

var errNoKubeconfig = errors.New("there is no kubeconfig, or it is empty")

// checkServer refuses a kubeconfig that names no API server. It comes after usePod, which names the pod's.
func (g *globals) checkServer() error {
	raw, err := g.kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return err
	}
	if *g.kube.APIServer == "" && clientcmdapi.IsConfigEmpty(&raw) {
		return newUsageError(errNoKubeconfig, "set KUBECONFIG, or give --kubeconfig")
	}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: *g.kube.Context}
	overrides.Context.Cluster, overrides.ClusterInfo.Server = *g.kube.ClusterName, *g.kube.APIServer
	if err := kube.CheckServer(&raw, overrides); err != nil {
		return newUsageError(err, hint(err))
	}
	return nil
}
