package workload

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// refuseLoopback refuses an address of Vault that leads each pod to itself. A proxy resolves addresses on its own.
func (i *injection) refuseLoopback() error {
	if i.vault.Proxy == "" && !i.spec.HostNetwork && isLoopback(i.vaultHost()) {
		return i.fail(Loopback, fmt.Sprintf("pods cannot reach Vault at %s, which is the pod itself", i.vault.Address))
	}
	return nil
}

// noteHostNetwork says that a pod in the network of the node does not know names of the cluster.
func (i *injection) noteHostNetwork() {
	policy := i.spec.DNSPolicy
	if i.spec.HostNetwork && i.vault.Proxy == "" && policy != corev1.DNSClusterFirstWithHostNet &&
		policy != corev1.DNSNone && isClusterName(i.vaultHost()) {
		i.note("with hostNetwork, pods do not find Vault at the cluster's name %s: set dnsPolicy to "+
			"ClusterFirstWithHostNet", i.vaultHost())
	}
}

func (i *injection) vaultHost() string {
	address, err := url.Parse(i.vault.Address)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(address.Hostname(), "."))
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// isClusterName reports whether only the DNS of a cluster knows a host.
func isClusterName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || host == "" || isLoopback(host) {
		return false
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".svc") ||
		strings.HasSuffix(host, ".svc.cluster.local")
}
