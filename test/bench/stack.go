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
	"slices"
	"strings"
)

// stack is the running local stack, as its environment describes it.
type stack struct {
	kubeconfig, vaultAddr, vaultCACert string
	rootToken                          string
	kubeAudit, vaultAudit              string // paths of the audit logs
}

func stackFromEnvironment() (stack, error) {
	var s stack
	var missing []string
	for name, value := range map[string]*string{
		"KUBECONFIG":                  &s.kubeconfig,
		"VAULT_ADDR":                  &s.vaultAddr,
		"VAULT_CACERT":                &s.vaultCACert,
		"VAULTSEAL_STACK_ROOT_TOKEN":  &s.rootToken,
		"VAULTSEAL_STACK_KUBE_AUDIT":  &s.kubeAudit,
		"VAULTSEAL_STACK_VAULT_AUDIT": &s.vaultAudit,
	} {
		if *value = os.Getenv(name); *value == "" {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		return s, fmt.Errorf("no local stack: %s not set; run it with 'make bench'", strings.Join(missing, ", "))
	}
	return s, nil
}

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

func (v *vaultRoot) do(ctx context.Context, method, path string, body map[string]any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, v.address+"/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("X-Vault-Token", v.token)
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	return nil
}

func (v *vaultRoot) createKey(ctx context.Context, mount, name string) error {
	return v.do(ctx, http.MethodPost, mount+"/keys/"+name, map[string]any{"type": "aes256-gcm96"})
}

func (v *vaultRoot) deleteKey(ctx context.Context, mount, name string) error {
	path := mount + "/keys/" + name
	if err := v.do(ctx, http.MethodPost, path+"/config", map[string]any{"deletion_allowed": true}); err != nil {
		return err
	}
	return v.do(ctx, http.MethodDelete, path, nil)
}
