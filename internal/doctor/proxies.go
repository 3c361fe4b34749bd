package doctor

import (
	"context"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// proxies says through which proxies the API server and Vault are called. Programs of Kubernetes use the proxy of the
// environment; vaultseal does not use it for Vault.
func (e *examination) proxies(ctx context.Context) finding {
	if e.cluster.Host == "" {
		return notMade(anAPIServer)
	}
	found := e.kubernetesProxy(ctx)
	if e.settings == nil || !e.settings.Vault.Address.Given() {
		return found
	}
	vault := e.settings.Vault
	switch {
	case !vault.Proxy.Value.IsZero():
		found.say("; Vault through %s (%s)", name{aProxy, vault.Proxy.Value.String()}, vault.Proxy.Source)
	case vault.AmbientProxy != "":
		found.say("; Vault directly: %s is not used for it", word(vault.AmbientProxy))
	default:
		found.say("; Vault directly")
	}
	return found
}

// kubernetesProxy is about the API server's.
func (e *examination) kubernetesProxy(ctx context.Context) finding {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.cluster.Host, http.NoBody)
	if err != nil {
		return ok("the API server's address is not one")
	}
	source, find := "proxy-url of the kubeconfig", e.cluster.Proxy
	if find == nil {
		source, find = e.ambientProxy(request.URL)
	}
	proxy, err := find(request)
	switch {
	case err != nil:
		return ok("the API server through a proxy that cannot be used (%s)", word(source))
	case proxy == nil:
		return ok("the API server directly")
	}
	shown, err := transit.ParseProxy(proxy.String()) // without user and password
	if err != nil {
		return ok("the API server through a proxy (%s)", word(source))
	}
	return ok("the API server through %s (%s)", name{aProxy, shown.String()}, word(source))
}

// ambientProxy returns the variable that names the proxy for an address, and how net/http chooses it.
func (e *examination) ambientProxy(address *url.URL) (variable string, find func(*http.Request) (*url.URL, error)) {
	get := func(names ...string) (variable, value string) {
		for _, name := range names {
			if value, _ := e.Sources.Env(name); value != "" {
				return name, value
			}
		}
		return "", ""
	}
	_, except := get("NO_PROXY", "no_proxy")
	ambient := httpproxy.Config{NoProxy: except}
	if address.Scheme == "https" {
		variable, ambient.HTTPSProxy = get("HTTPS_PROXY", "https_proxy")
	} else {
		variable, ambient.HTTPProxy = get("HTTP_PROXY", "http_proxy")
	}
	choose := ambient.ProxyFunc()
	return variable, func(request *http.Request) (*url.URL, error) { return choose(request.URL) }
}
