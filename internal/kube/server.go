package kube

import (
	"cmp"
	"fmt"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// NoServerError reports that no API server is configured. client-go would then call http://localhost:8080, or the
// address in KUBERNETES_MASTER.
type NoServerError struct{ Reason, Advice string }

func (e *NoServerError) Error() string { return e.Reason }

// Hint returns how to specify one.
func (e *NoServerError) Hint() string { return e.Advice }

func noServer(format string, names ...any) error {
	return &NoServerError{
		Reason: fmt.Sprintf(format, names...),
		Advice: "kubectl config get-contexts lists the contexts; kubectl config use-context NAME makes one current, --context NAME uses it once",
	}
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
		return &NoServerError{
			Reason: fmt.Sprintf("cluster %q of the kubeconfig names no server", cluster),
			Advice: fmt.Sprintf("kubectl config set-cluster %s --server=https://HOST:PORT names one; kubectl config get-contexts lists the contexts", cluster),
		}
	}
	return nil
}

// PlainServer returns the address of an API server that is called over plain http; empty with TLS. Anyone on the
// network can answer for such a server.
func PlainServer(core corev1client.CoreV1Interface) string {
	if core == nil {
		return ""
	}
	client := core.RESTClient()
	if client, made := client.(*rest.RESTClient); !made || client == nil {
		return ""
	}
	address := client.Get().URL()
	if address.Scheme != "http" {
		return ""
	}
	return address.Scheme + "://" + address.Host
}
