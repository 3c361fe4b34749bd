package setup

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// PlanRemoval plans to remove the only one of Namespaces from the installation, and writes nothing. The namespace may
// already be deleted. Objects that setup did not create stay, and a note names them. The transit key stays, unless it
// is disabled.
func (s *Setup) PlanRemoval(ctx context.Context, disableKey bool) (*Plan, error) {
	s.readMountsOnce()
	if err := s.prepareRemoval(ctx); err != nil {
		return nil, err
	}
	if disableKey && !s.Installation.Keys.PerNamespace() {
		return nil, &SharedKeyError{Key: s.Installation.Keys.String()}
	}
	here, err := s.readNamespace(ctx)
	if err != nil {
		return nil, err
	}
	steps, err := s.removalSteps(ctx, here)
	if err != nil {
		return nil, err
	}
	if disableKey {
		disabling, err := s.disabling()
		if err != nil {
			return nil, err
		}
		steps = append(steps, disabling)
	}
	plan, err := s.compare(ctx, steps)
	if err != nil {
		return nil, err
	}
	if len(plan.Items) == 0 {
		plan.Notes = append(plan.Notes, fmt.Sprintf("there is nothing to remove: namespace %s is not set up",
			s.leaving()))
	}
	return plan, s.noteRemoval(ctx, plan, here, disableKey)
}

// prepareRemoval determines the installation. The ConfigMap does not decide from which one the namespace is removed,
// nor which key is disabled.
func (s *Setup) prepareRemoval(ctx context.Context) error {
	keys := func(context.Context) error { return s.Installation.CheckOtherKeys() }
	for _, find := range []func(context.Context) error{s.readUID, s.confirmMount, s.checkMount, s.keepNames, keys,
		s.checkUsedKeys, s.keepAudience} {
		if err := find(ctx); err != nil {
			return err
		}
	}
	return nil
}

// SharedKeyError reports that a key is not disabled because other namespaces use it.
type SharedKeyError struct{ Key string }

func (e *SharedKeyError) Error() string {
	return fmt.Sprintf("transit key %s is shared: disabling it would disable what other namespaces have sealed", e.Key)
}

// leaving returns the namespace that is removed.
func (s *Setup) leaving() string { return s.Installation.Namespaces[0] }

// live is what a removal finds in the cluster.
type live struct {
	namespace *corev1.Namespace // nil: it does not exist
	job       *Job
	// others are ClusterRoles of other installations that are bound in the namespace.
	others []string
	// elsewhere are the ClusterRoles of other installations.
	elsewhere []string
	// strange are bindings of this installation's roles that setup did not create.
	strange []string
}

func (s *Setup) readNamespace(ctx context.Context) (live, error) {
	var here live
	namespace, err := s.Core.Namespaces().Get(ctx, s.leaving(), metav1.GetOptions{})
	switch {
	case err == nil:
		here.namespace = namespace
	case !apierrors.IsNotFound(err):
		return here, fmt.Errorf("read namespace %s: %w", s.leaving(), kube.Classify(err))
	}
	if here.job, err = s.liveJob(ctx); err != nil {
		return here, err
	}
	return here, s.readBindings(ctx, &here)
}

// readBindings reads the RoleBindings of the namespace.
func (s *Setup) readBindings(ctx context.Context, here *live) error {
	i := s.Installation
	list, err := s.Dynamic.Resource(rbacv1.SchemeGroupVersion.WithResource(resources["RoleBinding"])).
		Namespace(s.leaving()).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list rolebindings of namespace %s: %w", s.leaving(), kube.Classify(err))
	}
	if here.elsewhere, err = s.otherRoles(ctx); err != nil {
		return err
	}
	for _, item := range list.Items {
		var binding rbacv1.RoleBinding
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &binding); err != nil {
			return fmt.Errorf("read RoleBinding %s/%s: %w", s.leaving(), item.GetName(), err)
		}
		role, own := binding.RoleRef.Name, madeBySetup(&item)
		ours := role == i.clusterName(userRole) || role == i.clusterName(jobName)
		switch {
		case binding.RoleRef.Kind != "ClusterRole", ours && own && binding.Name == role:
		case slices.Contains(here.elsewhere, role) && own:
			here.others = append(here.others, role)
		case ours:
			here.strange = append(here.strange, binding.Name)
		}
	}
	return nil
}

// madeBySetup reports whether an object has the labels of setup.
func madeBySetup(o metav1.Object) bool {
	for name, value := range labels {
		if o.GetLabels()[name] != value {
			return false
		}
	}
	return true
}

// removalSteps remove the users' rights first, then what they need to log in.
func (s *Setup) removalSteps(ctx context.Context, here live) ([]step, error) {
	i, namespace := s.Installation, s.leaving()
	binding, account := rbacv1.SchemeGroupVersion.WithKind("RoleBinding"),
		corev1.SchemeGroupVersion.WithKind("ServiceAccount")
	steps := []step{ownRemoval{s.remove(binding, namespace, i.clusterName(userRole))}}
	if len(here.others) == 0 {
		for _, name := range []string{sealerName, readerName, encrypterName} {
			steps = append(steps, ownRemoval{s.remove(account, namespace, name)})
		}
	}
	if !i.Keys.PerNamespace() {
		for _, name := range []string{sealerName, readerName, encrypterName} {
			steps = append(steps, s.unbind(name))
		}
	}
	workloads, err := s.workloadRolesIn(ctx, namespace)
	if err != nil {
		return nil, err
	}
	for _, account := range workloads {
		steps = append(steps, s.workloadRemoval(account))
	}
	rotation, err := s.rotationRemoval(ctx, here.job)
	if err != nil {
		return nil, err
	}
	steps = append(append(steps, rotation...), ownRemoval{s.remove(binding, namespace, i.clusterName(jobName))})
	if here.namespace == nil {
		return steps, nil
	}
	if _, labelled := here.namespace.Labels[EnforceLabel(i.System)]; labelled {
		enforcement, err := s.enforceRemovals(ctx)
		return append(steps, enforcement...), err
	}
	return steps, nil
}

// rotationRemoval removes the namespace from the CronJob, which is deleted with its last namespace.
func (s *Setup) rotationRemoval(ctx context.Context, job *Job) ([]step, error) {
	if job == nil || !slices.Contains(job.Namespaces, s.leaving()) {
		return nil, nil
	}
	i := s.Installation
	fewer := *job
	fewer.Namespaces = without(job.Namespaces, []string{s.leaving()})
	if len(fewer.Namespaces) == 0 {
		return s.jobRemoval(ctx)
	}
	i.Job = &fewer
	made, err := manifests([]runtime.Object{i.cronJob()})
	if err != nil {
		return nil, err
	}
	return []step{object{client: s.Dynamic, manifest: made[0], force: s.ForceConflicts}}, nil
}

// RemovalObjects returns the objects in the namespace that a removal deletes. It does not check whether they exist.
func (i Installation) RemovalObjects() ([]*unstructured.Unstructured, error) {
	i.EncryptOnly = true
	objects := i.tenants()
	for _, namespace := range i.Namespaces {
		objects = append(objects, binding(namespace, i.clusterName(userRole)),
			binding(namespace, i.clusterName(jobName)))
	}
	return manifests(objects)
}
