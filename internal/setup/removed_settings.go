package setup

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// removals delete what the command line removes.
func (s *Setup) removals(ctx context.Context) (steps []step, err error) {
	i := s.Installation
	if i.Job == nil && !i.Unsaid.Job && !i.Extends {
		if steps, err = s.jobRemoval(ctx); err != nil {
			return nil, err
		}
	}
	if i.Job != nil && i.Job.deciding {
		if steps, err = s.jobLimits(ctx); err != nil {
			return nil, err
		}
	}
	if i.EncryptOnly || i.Unsaid.EncryptOnly {
		return steps, nil
	}
	if !i.Extends {
		role, policy := "auth/"+i.AuthMount+"/role/"+encrypterName, i.policyName(encrypterName)
		at := "sys/policies/acl/" + policy
		steps = append(
			steps,
			settingRemoval{setting{vault: s.Vault, kind: "role", at: role, what: i.AuthMount + "/" + encrypterName,
				read: s.unlessNoAuth(role)}},
			settingRemoval{setting{vault: s.Vault, kind: "policy", at: at, what: policy, read: path(s.Vault, at)}},
		)
	}
	accounts, err := s.encrypters(ctx)
	return append(steps, accounts...), err
}

// encrypters returns the accounts that are deleted with the role, except those that another installation's users may
// need.
func (s *Setup) encrypters(ctx context.Context) (steps []step, err error) {
	bindings := rbacv1.SchemeGroupVersion.WithResource(resources["RoleBinding"])
	i := s.Installation
	made, err := s.madeIn(ctx, corev1.SchemeGroupVersion.WithResource(resources["ServiceAccount"]), encrypterName)
	if err != nil {
		return nil, err
	}
	others, err := s.otherEncrypters(ctx) // after the accounts, so that a role created with its account is seen
	if err != nil {
		return nil, err
	}
	namespaces := slices.Clone(i.Namespaces)
	switch {
	case i.Extends:
	case len(others) == 0:
		namespaces = made
	default:
		granted, err := s.madeIn(ctx, bindings, i.clusterName(userRole))
		if err != nil {
			return nil, err
		}
		namespaces = append(namespaces, granted...)
	}
	for _, other := range others {
		theirs, err := s.madeIn(ctx, bindings, other)
		if err != nil {
			return nil, err
		}
		namespaces = without(namespaces, theirs)
	}
	for _, namespace := range sortedUnion(namespaces) {
		steps = append(steps, s.remove(corev1.SchemeGroupVersion.WithKind("ServiceAccount"), namespace, encrypterName))
	}
	return steps, nil
}

// otherEncrypters returns the users' roles of other installations that can create tokens of the account.
func (s *Setup) otherEncrypters(ctx context.Context) (names []string, err error) {
	roles, err := s.Dynamic.Resource(rbacv1.SchemeGroupVersion.WithResource(resources["ClusterRole"])).List(ctx,
		metav1.ListOptions{
			LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: labels}),
		})
	if err != nil {
		return nil, fmt.Errorf("list clusterroles: %w", kube.Classify(err))
	}
	for _, live := range roles.Items {
		var role rbacv1.ClusterRole
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, &role); err != nil {
			return nil, err
		}
		named := slices.ContainsFunc(role.Rules,
			func(r rbacv1.PolicyRule) bool { return slices.Contains(r.ResourceNames, encrypterName) })
		if named && role.Name != s.Installation.clusterName(userRole) {
			names = append(names, role.Name)
		}
	}
	return names, nil
}
