// Command barechain opens the first entry of a sealed Secret, as a program does
// that is written straight down with Kubernetes' client library and net/http:
// it is what the benchmark measures `kubectl vaultseal view` against. It asks for
// the ServiceAccount token beside the Secret over one TLS connection to the API
// server, then logs in, decrypts and revokes over one TLS connection to Vault.
// No ConfigMap, no flags, no retries; the Secret's annotations are not looked at.
//
//	barechain NAMESPACE NAME
//
// Environment: KUBECONFIG, VAULT_ADDR, VAULT_CACERT, VAULTSEAL_TRANSIT_KEY (MOUNT/NAME).
package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/test/bench/barevault"
)

const (
	userAgent = "vaultseal-barechain"
	role      = "vaultseal" // of Vault, and the name of the ServiceAccount
	audience  = "vault"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: barechain NAMESPACE NAME")
		os.Exit(2)
	}
	if err := view(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func view(ctx context.Context, namespace, name string) (err error) {
	cluster, err := newCluster()
	if err != nil {
		return err
	}
	vault, err := barevault.New(os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_CACERT"), userAgent)
	if err != nil {
		return err
	}

	login := make(chan error, 1)
	go func() { login <- logIn(ctx, cluster.ServiceAccounts(namespace), vault) }()
	ciphertext, err := firstEntry(ctx, cluster.Secrets(namespace), name)
	if err := errors.Join(<-login, err); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, vault.Revoke(ctx)) }()
	plaintext, err := vault.Decrypt(ctx, os.Getenv("VAULTSEAL_TRANSIT_KEY"), string(ciphertext))
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(plaintext)
	return err
}

func newCluster() (*corev1.CoreV1Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if err != nil {
		return nil, err
	}
	config.UserAgent = userAgent
	return corev1.NewForConfig(config)
}

// logIn trades a new ServiceAccount token for a Vault token.
func logIn(ctx context.Context, accounts corev1.ServiceAccountInterface, vault *barevault.Vault) error {
	seconds := int64(600)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: []string{audience},
		ExpirationSeconds: &seconds}}
	minted, err := accounts.CreateToken(ctx, role, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return vault.LogIn(ctx, role, minted.Status.Token)
}

func firstEntry(ctx context.Context, secrets corev1.SecretInterface, name string) ([]byte, error) {
	secret, err := secrets.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	if len(secret.Data) == 0 {
		return nil, fmt.Errorf("secret %s has no entries", name)
	}
	return secret.Data[slices.Sorted(maps.Keys(secret.Data))[0]], nil
}
