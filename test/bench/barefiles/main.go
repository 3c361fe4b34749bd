// Command barefiles opens one ciphertext in a file and writes the plaintext to another: the least that a process must
// do for what `kubectl vaultseal files` does in a pod. It reads a ServiceAccount token from a file, then logs in,
// decrypts and revokes over one TLS connection to Vault. No flags, no retries, no proof of the scope.
//
//	barefiles TOKENFILE FROM TO
//
// Environment: VAULT_ADDR, VAULT_CACERT, VAULTSEAL_TRANSIT_KEY (MOUNT/NAME).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/vaultseal/kubectl-vaultseal/test/bench/barevault"
)

const (
	userAgent = "vaultseal-barefiles"
	role      = "vaultseal"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: barefiles TOKENFILE FROM TO")
		os.Exit(2)
	}
	if err := deliver(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func deliver(ctx context.Context, tokenFile, from, to string) error {
	vault, err := barevault.New(os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_CACERT"), userAgent)
	if err != nil {
		return err
	}
	token, err := os.ReadFile(tokenFile)
	if err != nil {
		return err
	}
	ciphertext, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	plaintext, err := open(ctx, vault, string(token), string(ciphertext))
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", plaintext, 0o600); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}

func open(ctx context.Context, vault *barevault.Vault, token, ciphertext string) (plaintext []byte, err error) {
	if err := vault.LogIn(ctx, role, token); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, vault.Revoke(ctx)) }()
	return vault.Decrypt(ctx, os.Getenv("VAULTSEAL_TRANSIT_KEY"), ciphertext)
}
