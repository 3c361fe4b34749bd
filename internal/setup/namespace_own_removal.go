package setup

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// ownRemoval deletes an object if setup created it.
type ownRemoval struct{ objectRemoval }

func (r ownRemoval) inspect(ctx context.Context) (Change, error) {
	live, err := r.resource().Get(ctx, r.manifest.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return Change{Action: absent}, nil
	case err != nil:
		return Change{}, fmt.Errorf("read %s: %w", r.name(), kube.Classify(err))
	case madeBySetup(live):
		return Change{Action: Delete, Diff: diffYAML(said(live), nil)}, nil
	case r.manifest.GetKind() == "ServiceAccount":
		return Change{Action: absent, Note: r.name() + " stays, because setup did not create it: anyone who can " +
			"create its tokens can still log in to Vault"}, nil
	}
	return Change{Action: absent}, nil // a note names all such bindings
}

// unbound removes a namespace from those that a role of a shared key is bound to. The role is deleted with the last
// one.
type unbound struct {
	setting

	remaining func(is map[string]any) []string
}

// unbind removes the namespace from a role if it has no other bounds than those of setup.
func (s *Setup) unbind(name string) unbound {
	r := role{name: name, accounts: []string{name}}
	u := unbound{
		setting: s.role(r),
		remaining: func(is map[string]any) []string {
			return without(boundNamespaces(is), []string{s.leaving()})
		},
	}
	u.data = func(ctx context.Context) (map[string]any, error) {
		is, err := u.read(ctx)
		wanted := r
		wanted.namespaces = u.remaining(is)
		return wanted.parameters(s.Installation), err
	}
	u.refuse = func(is, _ map[string]any) error {
		before := r
		before.namespaces = boundNamespaces(is)
		return s.otherBounds(before, is)
	}
	return u
}

func (u unbound) inspect(ctx context.Context) (Change, error) {
	is, err := u.read(ctx)
	if err != nil || is == nil || len(boundNamespaces(is)) == len(u.remaining(is)) {
		return Change{Action: absent}, err
	}
	if len(u.remaining(is)) == 0 {
		return Change{Action: Delete, Diff: diffYAML(canonical(is), nil)}, nil
	}
	return u.setting.inspect(ctx)
}

func (u unbound) apply(ctx context.Context) error {
	is, err := u.read(ctx)
	if err != nil || is == nil {
		return err
	}
	if len(u.remaining(is)) == 0 {
		return u.vault.Delete(ctx, u.at)
	}
	return u.setting.apply(ctx)
}

// needs returns both capabilities, because the operation depends on what Vault has.
func (u unbound) needs() (string, []string) { return u.at, []string{"update", "create", "delete"} }
