package setup

import (
	"context"
	"fmt"
	"strings"
)

func (s *Setup) role(r role) setting {
	at := "auth/" + s.Installation.AuthMount + "/role/" + r.name
	return setting{
		vault: s.Vault, kind: "role", at: at, what: s.Installation.AuthMount + "/" + r.name, read: s.unlessNoAuth(at),
		data:   constant(r.parameters(s.Installation)),
		shows:  map[string]any{namespaceSelector: ""},
		refuse: func(is, _ map[string]any) error { return s.otherBounds(r, is) },
	}
}

// sharedRole adds namespaces to those that a role is bound to.
func (s *Setup) sharedRole(r role) setting {
	shared := s.role(r)
	shared.data = func(ctx context.Context) (map[string]any, error) {
		is, err := shared.read(ctx)
		if err != nil {
			return nil, err
		}
		if is == nil && s.Installation.Extends {
			return nil, fmt.Errorf("%s does not exist: run setup --shared-key first", shared.name())
		}
		wanted := r
		if s.keepsNamespaces(is) {
			wanted.namespaces = sortedUnion(boundNamespaces(is), r.namespaces)
		}
		return wanted.parameters(s.Installation), nil
	}
	shared.refuse = func(is, _ map[string]any) error {
		before := r
		if s.keepsNamespaces(is) {
			before.namespaces = boundNamespaces(is)
		}
		return s.otherBounds(before, is)
	}
	return shared
}

// namespaceSelector is a parameter of newer versions of the kubernetes method: accounts of the namespaces that it
// selects can log in too. Setup never writes it, and a write without it removes it.
const namespaceSelector = "bound_service_account_namespace_selector"

// otherBounds refuses a role that others can log in with, because setup does not take it over unasked.
func (s *Setup) otherBounds(r role, is map[string]any) error {
	bounds := r.bounds(s.Installation)
	if _, shown := is[namespaceSelector]; shown {
		bounds[namespaceSelector] = ""
	}
	have, want := part(is, bounds), canonical(bounds)
	if s.ReplaceRoles || diffYAML(have, want) == "" {
		return nil
	}
	return &BoundsError{Role: r.name, Diff: diffYAML(have, want)}
}

// BoundsError reports an existing role with other bounds than setup would give it.
type BoundsError struct {
	Role string
	Diff string // from the current to the wanted bounds
}

func (e *BoundsError) Error() string {
	var changes []string
	for line := range strings.Lines(e.Diff) {
		if (line[0] == '-' || line[0] == '+') && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") {
			changes = append(changes, strings.TrimSpace(line))
		}
	}
	return "it exists with other bounds (- is, + would be): " + strings.Join(changes, ", ")
}
