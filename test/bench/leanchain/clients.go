package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// cluster is one namespace of the API server that the kubeconfig names.
type cluster struct {
	client *http.Client
	url    string // of the namespace, with a slash at its end
}

func newCluster(namespace string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if err != nil {
		return nil, err
	}
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, err
	}
	transport, err := rest.HTTPWrappersForConfig(config, oneConnection(tlsConfig))
	if err != nil {
		return nil, err
	}
	return &cluster{
		client: &http.Client{Transport: transport},
		url:    config.Host + "/api/v1/namespaces/" + namespace + "/",
	}, nil
}

func (c *cluster) get(ctx context.Context, resource string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+resource, nil)
	if err != nil {
		return err
	}
	return exchange(c.client, request, answer)
}

func (c *cluster) post(ctx context.Context, resource string, body, answer any) error {
	request, err := newPost(ctx, c.url+resource, body)
	if err != nil {
		return err
	}
	return exchange(c.client, request, answer)
}

type vault struct {
	client         *http.Client
	address, token string
}

func newVault(address, caFile string) (*vault, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	return &vault{client: &http.Client{Transport: oneConnection(&tls.Config{RootCAs: roots})}, address: address}, nil
}

func (v *vault) write(ctx context.Context, path string, body, answer any) error {
	request, err := newPost(ctx, v.address+"/v1/"+path, body)
	if err != nil {
		return err
	}
	if v.token != "" {
		request.Header.Set("X-Vault-Token", v.token)
	}
	return exchange(v.client, request, answer)
}

// oneConnection carries all requests over one HTTP/2 connection. Without the
// limit, requests that start together would each begin a TLS handshake.
func oneConnection(config *tls.Config) *http.Transport {
	return &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, MaxConnsPerHost: 1}
}

func newPost(ctx context.Context, url string, body any) (*http.Request, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// exchange decodes the answer, unless answer is nil.
func exchange(client *http.Client, request *http.Request, answer any) error {
	request.Header.Set("User-Agent", userAgent)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(body, answer)
}
