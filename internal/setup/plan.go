package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// Plan is a list of changes, in their order.
type Plan struct {
	Items []Item
	// Kept is what the command line leaves out and setup keeps.
	Kept []Kept
	// Notes are additional information; Warnings are what may fail.
	Notes, Warnings []string
	// Expected is what Apply will try, for those who only look.
	Expected []string
}

// Item is one thing and its change.
type Item struct {
	Name string
	Change
	step step
}

// Changes reports whether there is anything to change.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Items, func(i Item) bool { return i.Action != Unchanged })
}

// compare determines the change of each step.
func (s *Setup) compare(ctx context.Context, steps []step) (*Plan, error) {
	plan := &Plan{Kept: s.kept, Notes: s.notes, Warnings: s.warnings, Expected: s.expected}
	var obstacles []error
	for _, step := range steps {
		change, err := step.inspect(ctx)
		if err != nil {
			obstacles = append(obstacles, err)
			if useless(err) {
				break
			}
			continue
		}
		if change.Note != "" {
			plan.Notes = append(plan.Notes, change.Note)
		}
		if change.Action == absent {
			continue
		}
		plan.Items = append(plan.Items, Item{Name: step.name(), Change: change, step: step})
	}
	if len(obstacles) == 0 {
		obstacles = s.checkCapabilities(ctx, plan)
		s.warnOfHost(plan)
	}
	if len(obstacles) > 0 {
		return nil, &ObstacleError{Obstacles: obstacles}
	}
	return plan, nil
}

// checkCapabilities lists what the administrator's Vault token cannot write, before anything is written. If the token
// cannot read its capabilities, the writes show it.
func (s *Setup) checkCapabilities(ctx context.Context, plan *Plan) (obstacles []error) {
	var paths []string
	needs := map[string][]string{}
	for _, item := range plan.Items {
		if write, ok := item.step.(interface{ needs() (string, []string) }); ok && item.Action != Unchanged {
			path, any := write.needs()
			paths, needs[path] = append(paths, path), any
		}
	}
	if len(paths) == 0 {
		return nil
	}
	capabilities, err := s.Vault.Capabilities(ctx, paths...)
	if err != nil {
		return nil // setup does not need it
	}
	for _, path := range paths {
		may := capabilities[path]
		switch {
		case slices.Contains(may, "root"),
			slices.ContainsFunc(needs[path], func(one string) bool { return slices.Contains(may, one) }):
		case plan.leaveOut(path):
		default:
			obstacles = append(obstacles, fmt.Errorf("vault path %s: %w: the token may not write it", path,
				transit.ErrDenied))
		}
	}
	return obstacles
}

// leaveOut removes the setting at a path from the plan, if it is optional, and notes why.
func (p *Plan) leaveOut(path string) bool {
	n := slices.IndexFunc(p.Items, func(i Item) bool {
		setting, ok := i.step.(setting)
		return ok && setting.at == path && setting.optional != ""
	})
	if n < 0 {
		return false
	}
	p.Notes = append(p.Notes, p.Items[n].step.(setting).optional)
	p.Items = slices.Delete(p.Items, n, n+1)
	return true
}

// warnOfHost warns of a new address that Vault may not reach.
func (s *Setup) warnOfHost(plan *Plan) {
	warning := s.Installation.HostWarning()
	told := slices.ContainsFunc(plan.Items, func(i Item) bool {
		setting, ok := i.step.(setting)
		return ok && setting.kind == authConfigKind && strings.Contains(i.Diff, "+kubernetes_host:")
	})
	if warning != "" && told {
		plan.Warnings = append(plan.Warnings, warning)
	}
}
