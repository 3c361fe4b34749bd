package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// access is what Vault gives the roles of the installation before setup writes anything. Setup refuses to give them
// access to engines, keys and policies that exist and that they have no access to: these belong to another
// installation, or to an earlier one. Only Vault is asked, because tenants cannot write there.
//
// So that setup can be run again after it was killed, it makes in this order: the auth mount, the roles, their policies,
// the engine, the keys. Each exists only if the one before it does, and that proves whose it is.
type access struct {
	known    bool                // the token may read it
	accessor string              // of the auth mount; empty: it does not exist
	others   map[string]string   // auth mounts by accessor, without the own one
	policies map[string][]string // of each role, in lower case, as Vault names them
	texts    map[string]string   // of these policies
}

func (s *Setup) readAccess(ctx context.Context) error {
	found := access{others: map[string]string{}, policies: map[string][]string{}, texts: map[string]string{}}
	mounts, err := s.Vault.Read(ctx, "sys/auth")
	if err != nil {
		return unlessDenied(err)
	}
	for at, one := range mounts {
		mount, _ := one.(map[string]any)
		accessor, _ := mount["accessor"].(string)
		if at = strings.TrimSuffix(at, "/"); at == s.Installation.AuthMount {
			found.accessor = accessor
		} else if accessor != "" {
			found.others[accessor] = at
		}
	}
	if found.accessor != "" {
		if err := s.readPolicies(ctx, &found); err != nil {
			return unlessDenied(err)
		}
	}
	found.known = true
	s.access = found
	return nil
}

// readPolicies reads which policies the roles have, and what they say.
func (s *Setup) readPolicies(ctx context.Context, found *access) error {
	for _, role := range allRoles() {
		is, err := s.Vault.Read(ctx, "auth/"+s.Installation.AuthMount+"/role/"+role)
		if err != nil {
			return err
		}
		for _, name := range stringsOf(is["token_policies"]) {
			name = strings.ToLower(name)
			found.policies[role] = append(found.policies[role], name)
			if _, read := found.texts[name]; read {
				continue
			}
			policy, err := s.Vault.Read(ctx, "sys/policies/acl/"+name)
			if err := unlessDenied(err); err != nil { // what cannot be read gives no access
				return err
			}
			found.texts[name], _ = policy["policy"].(string)
		}
	}
	return nil
}

// unlessDenied: what the token may not read, a step will name.
func unlessDenied(err error) error {
	if errors.Is(err, transit.ErrDenied) {
		return nil
	}
	return err
}

// has tells whether a role has a policy.
func (a access) has(role, policy string) bool {
	return slices.Contains(a.policies[role], strings.ToLower(policy))
}

// hasOlder tells whether a role has the policy that an earlier version gave it.
func (a access) hasOlder(mount string) bool {
	return slices.ContainsFunc(allRoles(), func(role string) bool { return a.has(role, olderSafe(mount)+"-"+role) })
}

// opens tells whether the roles of the installation may decrypt with its keys.
func (a access) opens(i Installation) bool {
	return a.may(fmt.Sprintf("path %q {", i.decryptPath(a.accessor)), sealerName, readerName)
}

// may tells whether a policy of one of the roles has the line.
func (a access) may(line string, roles ...string) bool {
	for _, role := range roles {
		for _, policy := range a.policies[role] {
			if strings.Contains(a.texts[policy], line) {
				return true
			}
		}
	}
	return false
}

// sharing are the other auth mounts that got the same names from an earlier version.
func (a access) sharing(mount string) (mounts []string) {
	for _, other := range a.others {
		if strings.EqualFold(olderSafe(other), olderSafe(mount)) {
			mounts = append(mounts, other)
		}
	}
	slices.Sort(mounts)
	return mounts
}

// servedBy is the other auth mount whose logins a policy is for; empty: none is named.
func (a access) servedBy(text string) string {
	for accessor, mount := range a.others {
		if strings.Contains(text, "identity.entity.aliases."+accessor+".") {
			return mount
		}
	}
	return ""
}

// keepNames lets an installation of an earlier version keep its engine and its policies. Policies that two auth mounts
// got together are kept by none of them.
func (s *Setup) keepNames(ctx context.Context) error {
	if err := s.readAccess(ctx); err != nil {
		return err
	}
	i, a := &s.Installation, s.access
	sharing := a.sharing(i.AuthMount)
	if len(sharing) == 0 && a.hasOlder(i.AuthMount) {
		i.policyPrefix = olderSafe(i.AuthMount)
	}
	if len(sharing) > 0 && a.hasOlder(i.AuthMount) {
		s.notes = append(s.notes, fmt.Sprintf(
			"an earlier version gave the auth mounts %s the same policies and the same default engine: run setup for each of them, which gives each its own policies; "+
				"keys of their own need another engine, --transit-key 'ENGINE/{namespace}'", strings.Join(append([]string{i.AuthMount}, sharing...), ", ")))
	}
	older := *i
	var err error
	if older.Keys, err = sealed.ParseKeyTemplate(i.olderKeys()); err != nil || !i.Unsaid.Keys || older.Keys == i.Keys {
		return nil //nolint:nilerr // not a name of that time
	}
	if engine, _ := older.keyName(); a.opens(older) {
		s.kept = append(s.kept, Kept{"the transit engine " + engine, "--transit-key names another"})
		i.Keys = older.Keys
	}
	return nil
}
