package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// PlanWorkloads plans the roles of Workloads in an existing installation, and writes nothing. Namespaces has one
// namespace. It needs no rights in the cluster except to read the namespace and its ServiceAccounts.
func (s *Setup) PlanWorkloads(ctx context.Context) (*Plan, error) {
	if err := s.prepareWorkloads(ctx, s.checkNamespaces, s.readSetUp, s.checkInstalled, s.checkReady,
		s.noteMissingAccounts); err != nil {
		return nil, err
	}
	var steps []step
	for _, role := range s.workloadRoles() {
		steps = append(steps, role)
	}
	return s.compare(ctx, steps)
}

// PlanWorkloadRemoval plans to delete the roles of Workloads, and writes nothing. The namespace and its accounts may
// already be deleted.
func (s *Setup) PlanWorkloadRemoval(ctx context.Context) (*Plan, error) {
	if err := s.prepareWorkloads(ctx); err != nil {
		return nil, err
	}
	var steps []step
	for _, account := range s.workloads() {
		steps = append(steps, s.workloadRemoval(account))
	}
	return s.compare(ctx, steps)
}

// prepareWorkloads determines the installation, and then makes more checks.
func (s *Setup) prepareWorkloads(ctx context.Context, more ...func(context.Context) error) error {
	s.readMountsOnce()
	keys := func(context.Context) error { return s.Installation.CheckOtherKeys() }
	for _, find := range append([]func(context.Context) error{s.readUID, s.confirmMount, s.checkMount, s.keepNames,
		keys, s.checkUsedKeys, s.keepAudience}, more...) {
		if err := find(ctx); err != nil {
			return err
		}
	}
	return nil
}

// workloads returns the accounts that get a role each.
func (s *Setup) workloads() (accounts []config.Account) {
	for _, name := range s.Installation.Workloads {
		accounts = append(accounts, config.Account{Namespace: s.Installation.Namespaces[0], Name: name})
	}
	return accounts
}

func (s *Setup) workloadRoles() (settings []setting) {
	for _, account := range s.workloads() {
		settings = append(settings, s.role(workloadRole(account)))
	}
	return settings
}

// checkInstalled checks that Vault has the installation, and that its reader opens with the keys. A role for a workload
// would have no policy otherwise, or open something else.
func (s *Setup) checkInstalled(ctx context.Context) error {
	i := s.Installation
	reader, err := s.unlessNoAuth("auth/" + i.AuthMount + "/role/" + readerName)(ctx)
	if err != nil {
		return unlessDenied(err)
	}
	opens := s.access.has(readerName, i.policyName(readerName)) &&
		s.access.may(fmt.Sprintf("path %q {", i.decryptPath(s.access.accessor)), readerName)
	if reader == nil || s.access.known && !opens {
		return &NotInstalledError{AuthMount: i.AuthMount, Keys: i.Keys.String()}
	}
	return nil
}

// checkWorkloads makes the checks of Workloads that are created with their namespace.
func (s *Setup) checkWorkloads(ctx context.Context) error {
	if len(s.Installation.Workloads) == 0 {
		return nil
	}
	if err := s.checkInstalled(ctx); err != nil {
		return err
	}
	return s.noteMissingAccounts(ctx)
}

// checkReady checks that the installation has the namespace. The key of a namespace that is not set up may be that of
// an earlier namespace with the same name.
func (s *Setup) checkReady(ctx context.Context) error {
	i, namespace := s.Installation, s.Installation.Namespaces[0]
	key, err := i.Keys.For(namespace)
	if err != nil {
		return err
	}
	failure := &NotSetUpError{Namespace: namespace, Key: key, Shared: !i.Keys.PerNamespace()}
	if failure.Shared {
		reader, err := s.unlessNoAuth("auth/" + i.AuthMount + "/role/" + readerName)(ctx)
		if bound := boundNamespaces(reader); err == nil && !slices.Contains(bound, namespace) {
			return failure
		}
		return unlessDenied(err)
	}
	is, err := s.unlessUnmounted(key.Mount, key.Mount+"/keys/"+key.Name)(ctx)
	if !s.setUp[namespace] || err == nil && is == nil {
		return failure
	}
	return unlessDenied(err)
}

// noteMissingAccounts notes which accounts do not exist yet.
func (s *Setup) noteMissingAccounts(ctx context.Context) error {
	for _, account := range s.workloads() {
		_, err := s.Core.ServiceAccounts(account.Namespace).Get(ctx, account.Name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			s.notes = append(s.notes, fmt.Sprintf("ServiceAccount %s does not exist yet: the role is for the account "+
				"that gets this name", account))
		case err != nil && !apierrors.IsForbidden(err):
			return fmt.Errorf("read ServiceAccount %s: %w", account, kube.Classify(err))
		}
	}
	return nil
}

// CheckWorkloadAccount returns why a ServiceAccount must not get a role of its own. The account default needs
// allowDefault.
func CheckWorkloadAccount(name string, allowDefault bool) error {
	own := append(allRoles(), jobName, reviewerName)
	switch {
	case slices.Contains(own, name):
		return &OwnAccountError{Name: name}
	case name == defaultAccount && !allowDefault:
		return &DefaultAccountError{}
	}
	return nil
}

const defaultAccount = "default"

// DefaultAccountError reports a workload without a ServiceAccount of its own.
type DefaultAccountError struct{}

func (e *DefaultAccountError) Error() string {
	return "its ServiceAccount is default, which every pod without an account of its own has: all of them could open " +
		"the namespace's Secrets"
}

// OwnAccountError reports a workload with an account that has another role in Vault.
type OwnAccountError struct{ Name string }

func (e *OwnAccountError) Error() string {
	return fmt.Sprintf("its ServiceAccount is %s, which setup created for another purpose", e.Name)
}

// NotInstalledError reports that Vault has no installation at an auth mount that opens with the keys.
type NotInstalledError struct{ AuthMount, Keys string }

func (e *NotInstalledError) Error() string {
	return fmt.Sprintf("auth mount %s has no role %s that opens with the transit keys %s: the cluster is not set up, "+
		"or has other keys", e.AuthMount, readerName, e.Keys)
}

// NotSetUpError reports that the installation does not have a namespace.
type NotSetUpError struct {
	Namespace string
	Key       transit.Key
	Shared    bool // the key is for a list of namespaces
}

func (e *NotSetUpError) Error() string {
	if e.Shared {
		return fmt.Sprintf("namespace %s is not set up: the shared transit key %s is not for it", e.Namespace, e.Key)
	}
	return fmt.Sprintf("namespace %s is not set up: it has no ServiceAccounts of setup, or no transit key %s",
		e.Namespace, e.Key)
}

// isReaderPolicy reports whether a policy is the reader's, as this or an earlier version names it.
func (i Installation) isReaderPolicy(name string) bool {
	return strings.EqualFold(name, i.policyName(readerName)) ||
		strings.EqualFold(name, olderSafe(i.AuthMount)+"-"+readerName)
}
