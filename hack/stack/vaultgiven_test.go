package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestGivenFromEnvironment(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		address, token, ca string
		want               string // the address
		says               string // the error
	}{
		"nothing":    {},
		"dev mode":   {address: "http://127.0.0.1:8200/", token: "root", want: "http://127.0.0.1:8200"},
		"with a CA":  {address: "https://vault.example", token: "root", ca: ca, want: "https://vault.example"},
		"no token":   {address: "https://vault.example", says: "VAULTSEAL_STACK_VAULT_TOKEN is not set"},
		"no address": {token: "root", says: "VAULTSEAL_STACK_VAULT_ADDR is not set"},
		"only a CA":  {ca: ca, says: "VAULTSEAL_STACK_VAULT_ADDR is not set"},
		"over a network in clear": {address: "http://vault.example:8200", token: "root",
			says: "the root token would be sent in clear"},
		"a name that resembles the loopback address": {address: "http://127.0.0.1.example", token: "root",
			says: "the root token would be sent in clear"},
		"a user that resembles it": {address: "http://127.0.0.1@vault.example", token: "root",
			says: "the root token would be sent in clear"},
		"loopback":  {address: "http://[::1]:8200", token: "root", want: "http://[::1]:8200"},
		"no scheme": {address: "127.0.0.1:8200", token: "root", says: "want https://HOST:PORT"},
		"no such CA": {address: "https://vault.example", token: "root", ca: ca + ".absent",
			says: "VAULTSEAL_STACK_VAULT_CACERT: "},
	} {
		address, _, _, err := givenFromEnvironment(func(variable string) string {
			return map[string]string{
				givenAddressVariable: c.address, givenTokenVariable: c.token, givenCAVariable: c.ca,
			}[variable]
		})
		if address != c.want || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", name, address, err)
		}
	}
}

// TestInventory: what others make on the server at the same time stays.
func TestInventory(t *testing.T) {
	before := inventory{
		Engines: []string{"secret", "kv-t-1"}, Auth: []string{"token"}, Policies: []string{"default", "root"},
		Entities: []entity{{"1", false, []string{"oidc"}}},
	}
	now := inventory{
		Engines:  []string{"secret", "kv-t-1", "print", "printer", "transit", "vaultseal-t-bcdefghijk-k"},
		Auth:     []string{"jwt", "kubernetes", "oidc", "t-2345670abc-jwt", "token"},
		Policies: []string{"default", "root", "root-team", "t-2345670abc", "vaultseal"},
		Entities: []entity{{"1", false, []string{"oidc"}}, {"2", false, []string{"jwt", "kubernetes"}},
			{"3", false, []string{"jwt", "oidc"}}, {"4", false, nil}, {"5", true, nil}},
	}
	ours, others := now.since(before).split()
	want := inventory{
		Engines:  []string{"print", "transit", "vaultseal-t-bcdefghijk-k"},
		Auth:     []string{"jwt", "kubernetes", "t-2345670abc-jwt"},
		Policies: []string{"t-2345670abc", "vaultseal"},
		Entities: []entity{{"2", false, []string{"jwt", "kubernetes"}}, {"4", false, nil}},
	}
	if !reflect.DeepEqual(ours, want) {
		t.Errorf("would remove %+v, want %+v", ours, want)
	}
	if left := others.names(); !slices.Equal(left, []string{
		"the engine printer", "the login method oidc", "the policy root-team",
	}) {
		t.Errorf("would leave %q", left)
	}
	if taken := before.taken(); len(taken) > 0 {
		t.Errorf("refused for %q", taken)
	}
	// An installation's engine is refused too: tests run setup, which takes an engine that exists.
	if taken := now.taken(); !slices.Equal(taken, []string{
		"the engine print", "the engine transit", "the engine vaultseal-t-bcdefghijk-k", "the login method jwt",
		"the login method kubernetes", "the login method t-2345670abc-jwt", "the policy t-2345670abc",
		"the policy vaultseal",
	}) {
		t.Errorf("refused for %q", taken)
	}
	if taken := (inventory{Engines: []string{"secret", "vaultseal"}}).taken(); !slices.Equal(taken,
		[]string{"the engine vaultseal"}) {
		t.Errorf("refused for %q", taken)
	}
}
