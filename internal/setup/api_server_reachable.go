package setup

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// HostWarning returns why Vault may not reach the API server at the kubeconfig's address. It is empty if there is no
// reason, or if Vault does not have to reach it.
func (i Installation) HostWarning() string {
	if i.Method != transit.MethodKubernetes || !i.Unsaid.Host {
		return ""
	}
	address, err := url.Parse(i.Cluster.Host)
	if err != nil {
		return ""
	}
	why := ""
	switch {
	case isOwnHost(address.Hostname()):
		why = "where Vault runs elsewhere, that is another machine"
	case strings.Trim(address.Path, "/") != "":
		why = "which has a path: proxies such as Rancher's do not take the tokens of ServiceAccounts"
	default:
		return ""
	}
	return fmt.Sprintf("Vault must reach the API server at %s: %s; --kubernetes-host names the address that Vault "+
		"reaches", i.Cluster.Host, why)
}

// isOwnHost reports whether a host name means the machine that resolves it.
func isOwnHost(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.IsLoopback() || address.IsUnspecified()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "kubernetes.docker.internal"
}
