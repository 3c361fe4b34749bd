package config

import (
	"net/url"

	"golang.org/x/net/http/httpproxy"
)

// ambientProxy returns the variable with which other programs would use a proxy for that address; empty: none.
func (s Sources) ambientProxy(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	get := func(names ...string) (name, value string) {
		for _, name := range names {
			if value, _ := s.Env(name); value != "" {
				return name, value
			}
		}
		return "", ""
	}
	name, value := get("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
	_, except := get("NO_PROXY", "no_proxy")
	ambient := httpproxy.Config{HTTPSProxy: value, NoProxy: except}
	if proxy, err := ambient.ProxyFunc()(u); err != nil || proxy == nil {
		return ""
	}
	return name
}
