package setup

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
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
	return signingkeys.IsOwnHost(host) || strings.EqualFold(strings.TrimSuffix(host, "."), "kubernetes.docker.internal")
}
