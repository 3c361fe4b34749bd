package doctor

import (
	"context"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/compatibility"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

func (e *examination) apiServer(ctx context.Context) finding {
	cluster, err := e.Connect()
	if err != nil {
		return failed(err)
	}
	e.diagnosis.Namespace = cluster.Namespace
	e.cluster.Host, e.cluster.Proxy = cluster.Host, cluster.Proxy
	version, err := kube.ServerVersion(ctx, cluster.Host, cluster.Core.RESTClient())
	if err != nil {
		return failed(err)
	}
	e.cluster, e.serverVersion = cluster, version
	e.diagnosis.Versions.Kubernetes = version
	e.know(anAPIServer)
	found := ok("Kubernetes %s at %s, namespace %s", number(version), name{anAddress, cluster.Host},
		name{aNamespace, cluster.Namespace})
	if address := kube.UnverifiedServer(cluster.Core); address != "" {
		found.worry(&UnverifiedServerError{Plain: strings.HasPrefix(address, "http://")})
	}
	found.compare(compatibility.Kubernetes(), version)
	return found
}
