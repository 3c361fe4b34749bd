package setup

import (
	"context"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// grant adds subjects to a namespace's RoleBinding, and removes others. All other subjects stay.
type grant struct {
	object // the binding, without subjects

	add, revoke []rbacv1.Subject
}

// grants returns the RoleBindings of the users, one for each namespace.
func (i Installation) grants() (objects []runtime.Object) {
	for _, namespace := range i.Namespaces {
		objects = append(objects, binding(namespace, i.clusterName(userRole), i.Users...))
	}
	return objects
}

// grantSteps returns no step if the command line names no subject.
func (s *Setup) grantSteps() ([]step, error) {
	i := s.Installation
	if len(i.Users)+len(i.Revoked) == 0 {
		return nil, nil
	}
	bindings, err := manifests(i.grants())
	var steps []step
	for _, manifest := range bindings {
		steps = append(steps, grant{
			object: object{client: s.Dynamic, manifest: manifest, force: s.ForceConflicts}, add: i.Users,
			revoke: i.Revoked,
		})
	}
	return steps, err
}

// merged returns the wanted and the live RoleBinding; nil: it does not exist.
func (g grant) merged(ctx context.Context) (object, *rbacv1.RoleBinding, error) {
	wanted := g.object
	wanted.manifest = g.manifest.DeepCopy()
	live, err := g.resource().Get(ctx, g.manifest.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return wanted, nil, wanted.setSubjects(union(g.add, nil, g.revoke))
	}
	if err != nil {
		return wanted, nil, fmt.Errorf("read %s: %w", g.name(), kube.Classify(err))
	}
	binding := &rbacv1.RoleBinding{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, binding); err != nil {
		return wanted, nil, fmt.Errorf("read %s: %w", g.name(), err)
	}
	wanted.manifest.SetResourceVersion(binding.ResourceVersion) // so that a concurrent grant is not lost
	return wanted, binding, wanted.setSubjects(union(binding.Subjects, g.add, g.revoke))
}

// union returns the current and the added subjects, each once, without the removed ones.
func union(there, added, removed []rbacv1.Subject) (subjects []rbacv1.Subject) {
	for _, one := range slices.Concat(there, added) {
		if !slices.Contains(removed, one) && !slices.Contains(subjects, one) {
			subjects = append(subjects, one)
		}
	}
	return subjects
}

func (o object) setSubjects(subjects []rbacv1.Subject) error {
	list := make([]any, len(subjects))
	for n := range subjects {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&subjects[n])
		if err != nil {
			return err
		}
		list[n] = content
	}
	return unstructured.SetNestedSlice(o.manifest.Object, list, "subjects")
}

func (g grant) inspect(ctx context.Context) (Change, error) {
	wanted, live, err := g.merged(ctx)
	if err != nil {
		return Change{}, err
	}
	change := Change{Note: g.unknown(live)}
	switch subjects, _, _ := unstructured.NestedSlice(wanted.manifest.Object, "subjects"); {
	case len(subjects) > 0:
		note := change.Note
		change, err = wanted.inspect(ctx)
		change.Note = note
	case live == nil:
		change.Action = absent
	default:
		change.Action, change.Diff = Delete, diffYAML(map[string]any{"subjects": live.Subjects}, nil)
	}
	return change, err
}

// unknown returns the subjects to remove that do not exist.
func (g grant) unknown(live *rbacv1.RoleBinding) (note string) {
	for _, subject := range g.revoke {
		if live != nil && slices.Contains(live.Subjects, subject) {
			continue
		}
		if note != "" {
			note += ", "
		}
		note += subjectText(subject)
	}
	if note == "" {
		return ""
	}
	return fmt.Sprintf("nothing to revoke in namespace %s: %s", g.manifest.GetNamespace(), note)
}

// grantAttempts is how often a RoleBinding is read again after another client changed it.
const grantAttempts = 5

func (g grant) apply(ctx context.Context) (err error) {
	for range grantAttempts {
		if err = g.applyOnce(ctx); !apierrors.IsConflict(err) || ownedByOthers(err) {
			break
		}
	}
	return err
}

func (g grant) applyOnce(ctx context.Context) error {
	wanted, live, err := g.merged(ctx)
	if err != nil {
		return err
	}
	if subjects, _, _ := unstructured.NestedSlice(wanted.manifest.Object, "subjects"); len(subjects) > 0 {
		return wanted.apply(ctx)
	}
	if live == nil {
		return nil
	}
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{ResourceVersion: &live.ResourceVersion}}
	err = g.resource().Delete(ctx, g.manifest.GetName(), options)
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete %s: %w", g.name(), kube.Classify(err))
	}
	return nil
}

// ownedByOthers distinguishes a conflict of field managers from an object that changed since it was read.
func ownedByOthers(err error) bool {
	return apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict)
}

// subjectText formats a subject as --grant takes it.
func subjectText(subject rbacv1.Subject) string {
	switch subject.Kind {
	case rbacv1.UserKind:
		return "user:" + subject.Name
	case rbacv1.GroupKind:
		return "group:" + subject.Name
	}
	return "serviceaccount:" + subject.Namespace + ":" + subject.Name
}
