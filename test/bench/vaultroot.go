package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// vaultRoot speaks to the stack's Vault with the root token, for setting up only.
type vaultRoot struct {
	client         *http.Client
	address, token string
}

func newVaultRoot(s stack) (*vaultRoot, error) {
	ca, err := os.ReadFile(s.vaultCACert)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", s.vaultCACert)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &vaultRoot{&http.Client{Transport: transport}, s.vaultAddr, s.rootToken}, nil
}

// post decodes the answer, unless answer is nil.
func (v *vaultRoot) post(ctx context.Context, path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.address+"/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	return v.send(request, answer)
}

func (v *vaultRoot) send(request *http.Request, answer any) error {
	request.Header.Set("X-Vault-Token", v.token)
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

func (v *vaultRoot) createKey(ctx context.Context, name string) error {
	return v.post(ctx, transitMount+"/keys/"+name, map[string]any{"type": "aes256-gcm96"}, nil)
}

// createDerivedKey makes a key that binds what it encrypts to a context.
func (v *vaultRoot) createDerivedKey(ctx context.Context, name string) error {
	return v.post(ctx, transitMount+"/keys/"+name, map[string]any{"type": "aes256-gcm96", "derived": true}, nil)
}

func (v *vaultRoot) rotateKey(ctx context.Context, name string) error {
	return v.post(ctx, transitMount+"/keys/"+name+"/rotate", nil, nil)
}

func (v *vaultRoot) deleteKey(ctx context.Context, name string) error {
	path := transitMount + "/keys/" + name
	if err := v.post(ctx, path+"/config", map[string]any{"deletion_allowed": true}, nil); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, v.address+"/v1/"+path, nil)
	if err != nil {
		return err
	}
	return v.send(request, nil)
}

// plaintextItem is one entry to encrypt; bytes are base64 in JSON.
type plaintextItem struct {
	Plaintext []byte `json:"plaintext"`
	Context   []byte `json:"context"`
}

// encrypt returns the ciphertexts in the items' order.
func (v *vaultRoot) encrypt(ctx context.Context, key string, items []plaintextItem) ([]string, error) {
	var answer struct {
		Data struct {
			Results []struct {
				Ciphertext string `json:"ciphertext"`
			} `json:"batch_results"`
		} `json:"data"`
	}
	if err := v.post(ctx, transitMount+"/encrypt/"+key, map[string]any{"batch_input": items}, &answer); err != nil {
		return nil, err
	}
	if got := len(answer.Data.Results); got != len(items) {
		return nil, fmt.Errorf("encrypt: %d results for %d items", got, len(items))
	}
	ciphertexts := make([]string, len(items))
	for i, result := range answer.Data.Results {
		ciphertexts[i] = result.Ciphertext
	}
	return ciphertexts, nil
}
