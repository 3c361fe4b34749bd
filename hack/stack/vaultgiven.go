package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	vault "github.com/hashicorp/vault/api"
)

// Environment variables that give the stack a Vault or an OpenBao in place of a Vault of its own.
const (
	givenAddressVariable = "VAULTSEAL_STACK_VAULT_ADDR"
	givenTokenVariable   = "VAULTSEAL_STACK_VAULT_TOKEN"
	givenCAVariable      = "VAULTSEAL_STACK_VAULT_CACERT"
)

// givenTokenLife is longer than any run of tests. Vault itself revokes what a killed stack has left.
const givenTokenLife = "12h"

// givenVault is a server that someone else has started. The stack configures it, and in the end removes what was made
// there since.
type givenVault struct {
	CACert string    `json:"ca_cert,omitempty"` // PEM file; empty: the system's
	Before inventory `json:"before"`

	dir     stateDir
	address string
	token   string // made for the tests: with it, all tokens that they make are revoked
}

// givenFromEnvironment returns the address, root token and CA of the environment; without an address there is no such
// server.
func givenFromEnvironment(lookup func(string) string) (address, token, ca string, err error) {
	address = strings.TrimSuffix(lookup(givenAddressVariable), "/")
	token, ca = lookup(givenTokenVariable), lookup(givenCAVariable)
	switch {
	case address == "" && (token != "" || ca != ""):
		return "", "", "", fmt.Errorf("%s is not set: it is the address of the server", givenAddressVariable)
	case address == "":
		return "", "", "", nil
	case !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://"):
		return "", "", "", fmt.Errorf("%s is %q: want https://HOST:PORT or http://HOST:PORT", givenAddressVariable,
			address)
	case !private(address):
		return "", "", "", fmt.Errorf("%s is %q: the root token would be sent in clear, so use https",
			givenAddressVariable, address)
	case token == "":
		return "", "", "", fmt.Errorf("%s is not set: it is the root token of the server at %s", givenTokenVariable,
			address)
	}
	if ca != "" {
		if _, err := os.Stat(ca); err != nil {
			return "", "", "", fmt.Errorf("%s: %w", givenCAVariable, err)
		}
	}
	return address, token, ca, nil
}

// private reports whether no one else on the network can read what is sent to an address.
func private(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Scheme == "https" || parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// takeVault notes what the server has, and refuses one that has what the stack configures.
func takeVault(ctx context.Context, dir stateDir, address, token, ca string) (*givenVault, error) {
	g := &givenVault{CACert: ca, dir: dir, address: address}
	client, err := vaultClientAt(address, token, ca)
	if err != nil {
		return nil, err
	}
	if g.Before, err = takeInventory(ctx, client); err != nil {
		return nil, fmt.Errorf("look at the server at %s: %w", address, err)
	}
	if taken := g.Before.taken(); len(taken) > 0 {
		return nil, fmt.Errorf("the server at %s already has %s: the tests configure these and remove them, so use a "+
			"server without them", address, strings.Join(taken, ", "))
	}
	made, err := client.Auth().Token().CreateWithContext(ctx, &vault.TokenCreateRequest{
		Policies: []string{"root"}, TTL: givenTokenLife, DisplayName: "vaultseal-tests",
	})
	if err != nil {
		return nil, fmt.Errorf("%s must be a root token: %w", givenTokenVariable, err)
	}
	g.token = made.Auth.ClientToken
	return g, nil
}

func (g *givenVault) access() vaultAccess {
	return vaultAccess{Address: g.address, RootToken: g.token}
}

func (g *givenVault) failed() <-chan struct{} { return nil }

func (g *givenVault) failure() error { return nil }

// stop leaves the server running. It cleans up if no other command has: the supervisor's parent was killed, or the
// stack did not come up.
func (g *givenVault) stop() error {
	if _, err := g.dir.readState(); err == nil {
		return returnVault(context.Background(), g.dir, os.Stderr)
	}
	ctx, cancel := context.WithTimeout(context.Background(), returnTimeout)
	defer cancel()
	client, err := vaultClientAt(g.address, g.token, g.CACert)
	if err != nil {
		return err
	}
	return g.clean(ctx, client, os.Stderr)
}

// returnTimeout is for all that is removed.
const returnTimeout = stopTimeout

// returnVault removes what was made on a server that was given, once.
func returnVault(ctx context.Context, dir stateDir, notes io.Writer) error {
	state, err := dir.readState()
	if err != nil || state.Given == nil {
		return ignoreMissing(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), returnTimeout)
	defer cancel()
	client, err := newVaultClient(dir, state)
	if err != nil {
		return err
	}
	if err := state.Given.clean(ctx, client, notes); err != nil {
		return fmt.Errorf("clean up the server at %s: %w", state.VaultAddress, err)
	}
	state.Given = nil
	return writeJSON(dir.path(stateFile), state)
}

// clean removes what has appeared with a name of the tests, and names what else has appeared.
func (g *givenVault) clean(ctx context.Context, client *vault.Client, notes io.Writer) error {
	now, err := takeInventory(ctx, client)
	if err != nil {
		return err
	}
	ours, others := now.since(g.Before).split()
	var errs []error
	if len(ours.Entities) > 0 {
		_, err := client.Logical().WriteWithContext(ctx, "identity/entity/batch-delete",
			map[string]any{"entity_ids": ours.entityIDs()})
		errs = append(errs, err)
	}
	for _, mount := range ours.Auth {
		errs = append(errs, client.Sys().DisableAuthWithContext(ctx, mount))
	}
	for _, mount := range ours.Engines {
		errs = append(errs, client.Sys().UnmountWithContext(ctx, mount))
	}
	for _, policy := range ours.Policies {
		errs = append(errs, client.Sys().DeletePolicyWithContext(ctx, policy))
	}
	if left := others.names(); len(left) > 0 {
		_, err := fmt.Fprintf(notes, "note: left on %s, because the tests use no such names: %s\n", client.Address(),
			strings.Join(left, ", "))
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return client.Auth().Token().RevokeSelfWithContext(ctx, "") // and with it all tokens that it has made
}

// vaultClientAt makes a client. Nothing of the caller's environment has a say in it.
func vaultClientAt(address, token, ca string) (*vault.Client, error) {
	config := vault.DefaultConfig()
	config.Address, config.AgentAddress = address, ""
	config.MaxRetries = 0
	config.Timeout = time.Minute
	if err := config.ConfigureTLS(&vault.TLSConfig{CACert: ca}); err != nil {
		return nil, err
	}
	client, err := vault.NewClient(config)
	if err != nil {
		return nil, err
	}
	client.ClearNamespace()
	client.SetToken(token)
	return client, nil
}

// sortedNames are the names of a map without the slash that Vault ends mounts with.
func sortedNames[V any](all map[string]V) []string {
	var names []string
	for name := range all {
		names = append(names, strings.TrimSuffix(name, "/"))
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}
