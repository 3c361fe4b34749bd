package kube

import (
	"cmp"
	"fmt"
	"net/http"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// NoServerError reports that no API server is configured. client-go would then call http://localhost:8080, or the
// address in KUBERNETES_MASTER.
type NoServerError struct {
	// NoKubeconfig reports that there is no kubeconfig, or that it is empty.
	NoKubeconfig bool
	// Cluster of the kubeconfig that has no server; empty: no cluster is selected, or it does not exist.
	Cluster string
	// Reason says which name is missing; not of NoKubeconfig.
	Reason string
}

func (e *NoServerError) Error() string {
	if e.NoKubeconfig {
		return "there is no kubeconfig, or it is empty"
	}
	return e.Reason
}

func noServer(format string, names ...any) error {
	return &NoServerError{Reason: fmt.Sprintf(format, names...)}
}

// CheckServer returns a *NoServerError if the kubeconfig has no server for the current context and cluster. client-go
// handles an empty kubeconfig, and a flag that names a context or cluster that does not exist.
func CheckServer(kubeconfig *clientcmdapi.Config, flags *clientcmd.ConfigOverrides) error {
	if flags.ClusterInfo.Server != "" || clientcmdapi.IsConfigEmpty(kubeconfig) {
		return nil
	}
	cluster, source := flags.Context.Cluster, "--cluster names"
	if cluster == "" {
		name := cmp.Or(flags.CurrentContext, kubeconfig.CurrentContext)
		if name == "" {
			return noServer("the kubeconfig has no current context")
		}
		context, found := kubeconfig.Contexts[name]
		if !found {
			return nil
		}
		if cluster = context.Cluster; cluster == "" {
			return noServer("context %q of the kubeconfig names no cluster", name)
		}
		source = fmt.Sprintf("context %q names", name)
	}
	entry, found := kubeconfig.Clusters[cluster]
	switch {
	case !found && flags.Context.Cluster != "":
		return nil
	case !found:
		return noServer("the kubeconfig has no cluster %q, which %s", cluster, source)
	case entry.Server == "":
		return &NoServerError{Cluster: cluster, Reason: fmt.Sprintf("cluster %q of the kubeconfig names no server",
			cluster)}
	}
	return nil
}

// UnverifiedServer returns the address of an API server that does not prove who it is: it is called over plain http, or
// its certificate is not verified. Anyone on the network can answer for such a server. Empty for any other, and for a
// transport of a program's own, which does not tell what it verifies.
func UnverifiedServer(core corev1client.CoreV1Interface) string {
	if core == nil {
		return ""
	}
	client, made := core.RESTClient().(*rest.RESTClient)
	if !made || client == nil {
		return ""
	}
	address := client.Get().URL()
	if address.Scheme == "https" && verifies(client.Client) {
		return ""
	}
	return address.Scheme + "://" + address.Host
}

// verifies reports whether a client verifies certificates.
func verifies(client *http.Client) bool {
	if client == nil || client.Transport == nil {
		return true // as http.DefaultTransport does
	}
	settings, err := utilnet.TLSClientConfig(client.Transport)
	return err != nil || settings == nil || !settings.InsecureSkipVerify
}
