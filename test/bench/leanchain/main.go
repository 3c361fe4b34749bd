// Command leanchain opens the first entry of a sealed Secret and does nothing
// else: the least that a process must do for what `kubectl vaultseal view` does,
// without any library for Kubernetes but the kubeconfig's. It asks for the
// ServiceAccount token beside the Secret over one TLS connection to the API
// server, then logs in, decrypts and revokes over one TLS connection to Vault.
// No ConfigMap, no flags, no retries; the Secret's annotations are not looked at.
//
//	leanchain NAMESPACE NAME
//
// Environment: KUBECONFIG, VAULT_ADDR, VAULT_CACERT, VAULTSEAL_TRANSIT_KEY (MOUNT/NAME).
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
)

const (
	userAgent = "vaultseal-leanchain"
	role      = "vaultseal" // of Vault, and the name of the ServiceAccount
	audience  = "vault"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: leanchain NAMESPACE NAME")
		os.Exit(2)
	}
	if err := view(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func view(ctx context.Context, namespace, name string) (err error) {
	cluster, err := newCluster(namespace)
	if err != nil {
		return err
	}
	vault, err := newVault(os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_CACERT"))
	if err != nil {
		return err
	}

	login := make(chan error, 1)
	go func() { login <- logIn(ctx, cluster, vault) }()
	ciphertext, err := firstEntry(ctx, cluster, name)
	if err := errors.Join(<-login, err); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vault.write(ctx, "auth/token/revoke-self", nil, nil)) }()

	mount, key := path.Split(os.Getenv("VAULTSEAL_TRANSIT_KEY"))
	var opened struct {
		Data struct {
			Plaintext []byte `json:"plaintext"`
		} `json:"data"`
	}
	request := map[string]string{"ciphertext": string(ciphertext)}
	if err := vault.write(ctx, mount+"decrypt/"+key, request, &opened); err != nil {
		return err
	}
	_, err = os.Stdout.Write(opened.Data.Plaintext)
	return err
}

// logIn trades a new ServiceAccount token for a Vault token.
func logIn(ctx context.Context, cluster *cluster, vault *vault) error {
	var minted struct {
		Status struct {
			Token string `json:"token"`
		} `json:"status"`
	}
	spec := map[string]any{"audiences": []string{audience}, "expirationSeconds": 600}
	request := map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
	if err := cluster.post(ctx, "serviceaccounts/"+role+"/token", request, &minted); err != nil {
		return err
	}
	var session struct {
		Auth struct {
			ClientToken string `json:"client_token"`
		} `json:"auth"`
	}
	login := map[string]string{"role": role, "jwt": minted.Status.Token}
	if err := vault.write(ctx, "auth/kubernetes/login", login, &session); err != nil {
		return err
	}
	vault.token = session.Auth.ClientToken
	return nil
}

func firstEntry(ctx context.Context, cluster *cluster, name string) ([]byte, error) {
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	if err := cluster.get(ctx, "secrets/"+name, &secret); err != nil {
		return nil, err
	}
	if len(secret.Data) == 0 {
		return nil, fmt.Errorf("secret %s has no entries", name)
	}
	return secret.Data[slices.Sorted(maps.Keys(secret.Data))[0]], nil
}
