package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// workloadRemoval deletes the role of a workload's account, if setup created it.
type workloadRemoval struct {
	settingRemoval

	own func(is map[string]any) bool
}

func (s *Setup) workloadRemoval(account config.Account) workloadRemoval {
	role := workloadRole(account)
	return workloadRemoval{
		settingRemoval{s.role(role)},
		func(is map[string]any) bool { return s.madeForWorkload(role, is) },
	}
}

func (r workloadRemoval) inspect(ctx context.Context) (Change, error) {
	is, err := r.read(ctx)
	switch {
	case err != nil:
		return Change{}, err
	case is == nil:
		return Change{Action: absent, Note: r.name() + " does not exist"}, nil
	case !r.own(is):
		return Change{Action: absent, Note: fmt.Sprintf("%s stays, because setup did not create it: it has other "+
			"bounds or policies; to delete it, run vault delete %s", r.name(), r.at)}, nil
	}
	return Change{Action: Delete, Diff: diffYAML(canonical(is), nil)}, nil
}

// madeForWorkload reports whether a role in Vault is one that setup made for an account, whatever its audience is.
func (s *Setup) madeForWorkload(r role, is map[string]any) bool {
	bounds := r.bounds(s.Installation)
	delete(bounds, "audience")
	delete(bounds, "bound_audiences")
	policies := stringsOf(is["token_policies"])
	return diffYAML(part(is, bounds), canonical(bounds)) == "" && len(policies) == 1 &&
		s.Installation.isReaderPolicy(policies[0])
}

// workloadRolesIn returns the accounts of a namespace that have a role of their own; with an empty name those of all
// namespaces. A note says if the token may not list roles.
func (s *Setup) workloadRolesIn(ctx context.Context, namespace string) ([]config.Account, error) {
	at := "auth/" + s.Installation.AuthMount + "/role"
	found, err := mount(s.Vault, "sys/auth", s.Installation.AuthMount)(ctx)
	if err != nil || found == nil {
		return nil, unlessDenied(err)
	}
	names, err := s.Vault.List(ctx, at)
	if errors.Is(err, transit.ErrDenied) {
		s.notes = append(s.notes, "the Vault token may not list "+at+": roles of workloads stay as they are")
		return nil, nil
	}
	var accounts []config.Account
	for _, name := range names {
		account, dotted := config.ParseWorkloadRole(name)
		if dotted && (namespace == "" || account.Namespace == namespace) {
			accounts = append(accounts, account)
		}
	}
	slices.SortFunc(accounts, func(a, b config.Account) int { return strings.Compare(a.String(), b.String()) })
	return accounts, err
}

// renewWorkloads adapts the roles of existing workloads to an installation whose roles change: their audience, the
// name of their policy, and with a shared key its namespaces. Roles that setup did not create stay.
func (s *Setup) renewWorkloads(ctx context.Context) (steps []step, err error) {
	i := s.Installation
	if i.Extends || !s.ReplaceRoles && len(s.access.sharing(i.AuthMount)) == 0 {
		return nil, nil
	}
	accounts, err := s.workloadRolesIn(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, account := range accounts {
		role := workloadRole(account)
		is, err := s.role(role).read(ctx)
		switch {
		case err != nil:
			return nil, err
		case is == nil || !s.madeForWorkload(role, is):
		case s.ReplaceRoles && !i.Keys.PerNamespace() && !slices.Contains(i.Namespaces, account.Namespace):
			steps = append(steps, s.workloadRemoval(account))
		default:
			steps = append(steps, s.role(role))
		}
	}
	return steps, nil
}
