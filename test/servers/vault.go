package servers

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// Vault is a Vault as its root sees it. It has no code of the plugin's.
type Vault struct {
	Address string
	Token   string
	HTTP    *http.Client
}

// HTTPClient trusts the CA in a file.
func HTTPClient(ca string) (*http.Client, error) {
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the stack's CA is no certificate")
	}
	return &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}, nil
}

// Request sends a body to a path and returns the answer.
func (v Vault) Request(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, v.Address+"/v1/"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Vault-Token", v.Token)
	response, err := v.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("vault %s %s: %d %s", method, path, response.StatusCode, answer)
	}
	return answer, err
}

// Health is the status of sys/health: 200 for the active node, 429 for a standby, 503 for a sealed one, 0 without an
// answer.
func (v Vault) Health(ctx context.Context) int {
	defer v.HTTP.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.Address+"/v1/sys/health", nil)
	if err != nil {
		return 0
	}
	response, err := v.HTTP.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}
