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

// access is what the installation's roles can use in Vault before setup writes anything. Setup refuses to give them
// access to existing engines, keys and policies that they cannot use yet: these belong to another installation, or to
// an earlier one. Setup relies on Vault only, because tenants cannot write there.
//
// Setup can be run again after it was killed, because it creates in this order: the auth mount, the roles, their
// policies, the engine, the keys. Each exists only if the one before it does, which proves that it belongs to this
// installation.
type access struct {
	known    bool                // the token can read it
	accessor string              // of the auth mount; empty: it does not exist
	others   map[string]string   // the other auth mounts, by accessor
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

// readPolicies reads the names and texts of the roles' policies.
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
			if err := unlessDenied(err); err != nil { // an unreadable policy gives no access
				return err
			}
			found.texts[name], _ = policy["policy"].(string)
		}
	}
	return nil
}

// unlessDenied drops a denial, because a later step reports what the token cannot read.
func unlessDenied(err error) error {
	if errors.Is(err, transit.ErrDenied) {
		return nil
	}
	return err
}

// has reports whether a role has a policy.
func (a access) has(role, policy string) bool {
	return slices.Contains(a.policies[role], strings.ToLower(policy))
}

// hasOlder reports whether a role has the policy name of an earlier version.
func (a access) hasOlder(mount string) bool {
	return slices.ContainsFunc(allRoles(), func(role string) bool { return a.has(role, olderSafe(mount)+"-"+role) })
}

// opens reports whether the installation's roles can decrypt with its keys.
func (a access) opens(i Installation) bool {
	return a.may(fmt.Sprintf("path %q {", i.decryptPath(a.accessor)), sealerName, readerName)
}

// may reports whether a policy of one of the roles has the line.
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

// sharing returns the other auth mounts to which an earlier version gave the same names.
func (a access) sharing(mount string) (mounts []string) {
	for _, other := range a.others {
		if strings.EqualFold(olderSafe(other), olderSafe(mount)) {
			mounts = append(mounts, other)
		}
	}
	slices.Sort(mounts)
	return mounts
}

// servedBy returns the other auth mount whose logins a policy is for; empty: none.
func (a access) servedBy(text string) string {
	for accessor, mount := range a.others {
		if strings.Contains(text, "identity.entity.aliases."+accessor+".") {
			return mount
		}
	}
	return ""
}

// keepNames keeps the engine and policy names of an earlier version. If two auth mounts got the same policies, neither
// keeps them.
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
			"an earlier version gave the auth mounts %s the same policies and the same default engine: run setup for "+
				"each of them, which gives each its own policies; "+
				"keys of their own need another engine, --transit-key 'ENGINE/{namespace}'",
			strings.Join(append([]string{i.AuthMount}, sharing...), ", ")))
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
