// Package barevault is the least that a program needs to speak to Vault: net/http, without retries.
package barevault

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
	"path"
)

// Vault carries all requests over one TLS connection.
type Vault struct {
	Token string // of the requests; empty: none

	client         *http.Client
	address, agent string
}

// New makes a client. The agent begins its User-Agent.
func New(address, caFile, agent string) (*Vault, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", caFile)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	return &Vault{client: &http.Client{Transport: transport}, address: address, agent: agent}, nil
}

// Write decodes the answer, unless answer is nil.
func (v *Vault) Write(ctx context.Context, path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.address+"/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", v.agent)
	request.Header.Set("X-Vault-Token", v.Token)
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(text, answer)
}

// LogIn trades a ServiceAccount token for a Vault token.
func (v *Vault) LogIn(ctx context.Context, role, jwt string) error {
	var session struct {
		Auth struct {
			ClientToken string `json:"client_token"`
		} `json:"auth"`
	}
	err := v.Write(ctx, "auth/kubernetes/login", map[string]string{"role": role, "jwt": jwt}, &session)
	v.Token = session.Auth.ClientToken
	return err
}

// Decrypt opens a ciphertext with a key, MOUNT/NAME.
func (v *Vault) Decrypt(ctx context.Context, key, ciphertext string) ([]byte, error) {
	mount, name := path.Split(key)
	var opened struct {
		Data struct {
			Plaintext []byte `json:"plaintext"`
		} `json:"data"`
	}
	err := v.Write(ctx, mount+"decrypt/"+name, map[string]string{"ciphertext": ciphertext}, &opened)
	return opened.Data.Plaintext, err
}

// Revoke ends the Vault token.
func (v *Vault) Revoke(ctx context.Context) error {
	return v.Write(ctx, "auth/token/revoke-self", nil, nil)
}
