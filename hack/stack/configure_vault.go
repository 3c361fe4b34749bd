package main

import (
	"context"
	"fmt"

	vault "github.com/hashicorp/vault/api"
)

const (
	transitMount = "transit"
	plainKey     = "aes256-key"  // not derived, as the Python tool uses
	derivedKey   = "derived-key" // binds ciphertexts to a context
)

// newVaultClient makes a client with the root token.
func newVaultClient(dir stateDir, state stackState) (*vault.Client, error) {
	ca := dir.path(caCert)
	if state.Given != nil {
		ca = state.Given.CACert
	}
	client, err := vaultClientAt(state.VaultAddress, state.RootToken, ca)
	if err == nil && state.Raft {
		client.SetMaxRetries(10) // over an election
	}
	return client, err
}

// loginMethods are mounted under their own names.
func loginMethods() []string { return []string{"kubernetes", "jwt"} }

// configureVault creates missing mounts and keys, and writes all policies and roles.
func configureVault(ctx context.Context, dir stateDir, state stackState, cluster clusterFacts) error {
	client, err := newVaultClient(dir, state)
	if err != nil {
		return err
	}
	if err := mountAll(ctx, client.Sys()); err != nil {
		return err
	}
	for _, r := range roles() {
		policy, err := r.policy()
		if err != nil {
			return err
		}
		if err := client.Sys().PutPolicyWithContext(ctx, r.name, policy); err != nil {
			return fmt.Errorf("write policy %s: %w", r.name, err)
		}
	}
	for _, w := range vaultWrites(cluster) {
		if _, err := client.Logical().WriteWithContext(ctx, w.path, w.data); err != nil {
			return fmt.Errorf("write %s: %w", w.path, err)
		}
	}
	return nil
}

// mountAll mounts the Transit engine and both login methods where they are not.
func mountAll(ctx context.Context, sys *vault.Sys) error {
	engines, err := sys.ListMountsWithContext(ctx)
	if err != nil {
		return fmt.Errorf("list engines: %w", err)
	}
	if engines[transitMount+"/"] == nil {
		if err := sys.MountWithContext(ctx, transitMount, &vault.MountInput{Type: "transit"}); err != nil {
			return fmt.Errorf("mount transit: %w", err)
		}
	}
	methods, err := sys.ListAuthWithContext(ctx)
	if err != nil {
		return fmt.Errorf("list login methods: %w", err)
	}
	for _, method := range loginMethods() {
		if methods[method+"/"] != nil {
			continue
		}
		if err := sys.EnableAuthWithOptionsWithContext(ctx, method,
			&vault.EnableAuthOptions{Type: method}); err != nil {
			return fmt.Errorf("enable login method %s: %w", method, err)
		}
	}
	return nil
}

// write is a write to a path of Vault.
type write struct {
	path string
	data map[string]any
}

// vaultWrites lists the writes that configure keys, login methods and roles. Writing a
// key that exists changes nothing.
func vaultWrites(cluster clusterFacts) []write {
	writes := []write{
		{transitMount + "/keys/" + plainKey, map[string]any{"type": "aes256-gcm96"}},
		{transitMount + "/keys/" + derivedKey, map[string]any{"type": "aes256-gcm96", "derived": true}},
		{"auth/kubernetes/config", map[string]any{
			"kubernetes_host":      cluster.host,
			"kubernetes_ca_cert":   string(cluster.ca),
			"token_reviewer_jwt":   cluster.reviewerToken,
			"disable_local_ca_jwt": true,
		}},
		{"auth/jwt/config", map[string]any{"jwt_validation_pubkeys": cluster.signingKeys}},
	}
	for _, r := range roles() {
		writes = append(writes,
			write{"auth/kubernetes/role/" + r.name, r.kubernetesParameters()},
			write{"auth/jwt/role/" + r.name, r.jwtParameters()})
	}
	return writes
}
