package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	vault "github.com/hashicorp/vault/api"
)

// inventory is what tests make on a Vault and what does not end by itself. Keys and roles end with their mounts.
type inventory struct {
	Engines  []string `json:"engines"` // mounts, as are the next
	Auth     []string `json:"auth"`
	Policies []string `json:"policies"`
	Entities []entity `json:"entities"`
}

// entity is what Vault remembers of an account that has logged in.
type entity struct {
	ID     string   `json:"id"`
	Named  bool     `json:"named"`  // by someone: a login makes one with a name of Vault's
	Mounts []string `json:"mounts"` // of the auth methods that it has logged in with
}

func takeInventory(ctx context.Context, client *vault.Client) (inventory, error) {
	engines, err := client.Sys().ListMountsWithContext(ctx)
	if err != nil {
		return inventory{}, fmt.Errorf("list engines: %w", err)
	}
	methods, err := client.Sys().ListAuthWithContext(ctx)
	if err != nil {
		return inventory{}, fmt.Errorf("list login methods: %w", err)
	}
	policies, err := client.Sys().ListPoliciesWithContext(ctx)
	if err != nil {
		return inventory{}, fmt.Errorf("list policies: %w", err)
	}
	slices.Sort(policies)
	entities, err := listEntities(ctx, client)
	return inventory{sortedNames(engines), sortedNames(methods), policies, entities}, err
}

func listEntities(ctx context.Context, client *vault.Client) ([]entity, error) {
	listed, err := client.Logical().ListWithContext(ctx, "identity/entity/id")
	if err != nil || listed == nil {
		return nil, err
	}
	all, _ := listed.Data["key_info"].(map[string]any)
	var entities []entity
	for _, id := range sortedNames(all) {
		info, _ := all[id].(map[string]any)
		name, _ := info["name"].(string)
		one := entity{ID: id, Named: !strings.HasPrefix(name, "entity_")}
		aliases, _ := info["aliases"].([]any)
		for _, alias := range aliases {
			of, _ := alias.(map[string]any)
			if path, _ := of["mount_path"].(string); path != "" { // else the mount has been removed
				one.Mounts = append(one.Mounts, strings.Trim(strings.TrimPrefix(path, "auth/"), "/"))
			}
		}
		entities = append(entities, one)
	}
	return entities, nil
}

// taken are the names that the stack configures, or would remove as made by tests, and that are there already: tests
// could change what has such a name.
func (i inventory) taken() []string {
	ours, _ := i.split()
	return ours.names()
}

// since is what earlier does not have.
func (i inventory) since(earlier inventory) inventory {
	before := map[string]bool{}
	for _, one := range earlier.Entities {
		before[one.ID] = true
	}
	return inventory{
		Engines: without(i.Engines, earlier.Engines), Auth: without(i.Auth, earlier.Auth),
		Policies: without(i.Policies, earlier.Policies),
		Entities: slices.DeleteFunc(slices.Clone(i.Entities), func(one entity) bool { return before[one.ID] }),
	}
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(some, one) })
}

const productName = "vaultseal"

// testName is what a test calls what it makes: see newName in the tests, and fresh/printvault.txtar.
var testName = regexp.MustCompile(`\bt-[0-9a-z]{10}\b|^print(-j|/k2?)?$`)

// split divides an inventory into what tests have made, by its names, and the rest.
func (i inventory) split() (ours, others inventory) {
	divide := func(all []string, more ...string) (mine, rest []string) {
		for _, name := range all {
			if strings.Contains(name, productName) || testName.MatchString(name) || slices.Contains(more, name) {
				mine = append(mine, name)
			} else {
				rest = append(rest, name)
			}
		}
		return mine, rest
	}
	ours.Engines, others.Engines = divide(i.Engines, transitMount)
	ours.Auth, others.Auth = divide(i.Auth, loginMethods()...)
	ours.Policies, others.Policies = divide(i.Policies)
	for _, one := range i.Entities {
		if foreign := without(one.Mounts, ours.Auth); len(foreign) == 0 && !one.Named {
			ours.Entities = append(ours.Entities, one)
		}
	}
	return ours, others
}

func (i inventory) entityIDs() []string {
	ids := make([]string, len(i.Entities))
	for n, one := range i.Entities {
		ids[n] = one.ID
	}
	return ids
}

// names are the mounts and policies.
func (i inventory) names() []string {
	var names []string
	for kind, all := range map[string][]string{
		"the engine ": i.Engines, "the login method ": i.Auth, "the policy ": i.Policies,
	} {
		for _, name := range all {
			names = append(names, kind+name)
		}
	}
	slices.Sort(names)
	return names
}
