package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

func (e *examination) apiServer(ctx context.Context) finding {
	cluster, err := e.Connect()
	if err != nil {
		return e.failed(err)
	}
	e.diagnosis.Namespace = cluster.Namespace
	version, err := serverVersion(ctx, cluster)
	if errors.Is(err, errNoAPIServer) {
		return e.failed(fmt.Errorf("%w at %s", err, cluster.Host), "check the kubeconfig's context with kubectl cluster-info")
	}
	if err != nil {
		return e.failed(fmt.Errorf("ask %s for its version: %w", cluster.Host, err))
	}
	e.cluster = cluster
	e.know(anAPIServer)
	return ok("Kubernetes %s at %s, namespace %s", version, cluster.Host, cluster.Namespace)
}

var errNoAPIServer = errors.New("there is no API server of Kubernetes")

// serverVersion is the one thing that everybody may ask who is let in.
func serverVersion(ctx context.Context, cluster Cluster) (string, error) {
	text, err := cluster.Core.RESTClient().Get().AbsPath("/version").SetHeader("Accept", "application/json").DoRaw(ctx)
	if apierrors.IsNotFound(err) {
		return "", errNoAPIServer
	}
	if err != nil {
		return "", vaultseal.KubernetesError(err)
	}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(text, &version); err != nil || version.GitVersion == "" {
		return "", errNoAPIServer
	}
	return version.GitVersion, nil
}
