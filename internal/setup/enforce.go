package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// The modes of an Enforcement.
const (
	EnforceWarn = "warn" // store plaintext, and warn the writer
	EnforceDeny = "deny"
	EnforceOff  = "off"
)

// Enforcement is what the API server does with Secrets of the namespaces that are not sealed, or that are sealed with
// another key than the namespace's. It prevents mistakes, not attacks: text can begin with "vault:v" without being
// ciphertext.
type Enforcement struct {
	Mode string
	// AllowTypes and AllowUsers are types of Secrets, and users as the API server names them, that are not checked, in
	// all namespaces. nil: keep the current ones.
	AllowTypes, AllowUsers []string
}

// The annotations of the policy that store what it allows, for the next setup. Only users who can write the policy can
// write them.
const (
	allowTypesAnnotation = "vaultseal.dev/enforce-allow-types"
	allowUsersAnnotation = "vaultseal.dev/enforce-allow-users"
)

// labelManager owns the label of a namespace, because setup may own other fields of it.
const labelManager = FieldManager + "-enforce"

// enforceSteps create the policy before the labels, and remove the labels before the policy.
func (s *Setup) enforceSteps(ctx context.Context) ([]step, error) {
	switch enforce := s.Installation.Enforce; {
	case enforce == nil:
		return s.renewPolicy(ctx)
	case enforce.Mode == EnforceOff:
		return s.enforceRemovals(ctx)
	}
	if err := s.keepAllowed(ctx); err != nil {
		return nil, err
	}
	var steps []step
	for manager, objects := range map[string][]runtime.Object{FieldManager: s.Installation.enforcement(),
		labelManager: s.Installation.enforceLabels()} {
		made, err := manifests(objects)
		if err != nil {
			return nil, err
		}
		for _, manifest := range made {
			steps = append(steps, object{client: s.Dynamic, manifest: manifest, force: s.ForceConflicts,
				manager: manager})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return strings.Compare(a.(object).manager, b.(object).manager) })
	return steps, nil
}

// renewPolicy writes another configured key into an existing policy, which would otherwise deny Secrets that are sealed
// with it. Without another key the enforcement does not change.
func (s *Setup) renewPolicy(ctx context.Context) ([]step, error) {
	if s.Installation.Extends {
		return nil, nil // it has the configured key
	}
	view := ViewEnforcement(ctx, s.Core, s.Installation.System, s.Installation.Keys, []string{s.Installation.System})
	if !view.stale() {
		return nil, nil
	}
	made, err := manifests([]runtime.Object{view.installation().sealedPolicy()})
	if err != nil {
		return nil, err
	}
	return []step{object{client: s.Dynamic, manifest: made[0], force: s.ForceConflicts}}, nil
}

// keepAllowed keeps what the live policy allows, if the command line does not specify it.
func (s *Setup) keepAllowed(ctx context.Context) error {
	enforce := *s.Installation.Enforce
	policy := &unstructured.Unstructured{}
	policy.SetGroupVersionKind(admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicy"))
	live, err := object{client: s.Dynamic, manifest: policy}.resource().Get(ctx, EnforcePolicy(s.Installation.System),
		metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("read ValidatingAdmissionPolicy %s: %w", EnforcePolicy(s.Installation.System),
			kube.Classify(err))
	}
	if err == nil {
		types, users := allowedBy(live.GetAnnotations())
		if enforce.AllowTypes == nil {
			enforce.AllowTypes = types
		}
		if enforce.AllowUsers == nil {
			enforce.AllowUsers = users
		}
	}
	s.Installation.Enforce = &enforce
	return nil
}

// enforceRemovals remove the label from the namespaces, and the policy when no other namespace has the label.
func (s *Setup) enforceRemovals(ctx context.Context) (steps []step, err error) {
	label := EnforceLabel(s.Installation.System)
	labelled, err := s.Core.Namespaces().List(ctx, metav1.ListOptions{LabelSelector: label})
	if err != nil {
		return nil, fmt.Errorf("list namespaces: %w", kube.Classify(err))
	}
	others := 0
	for _, namespace := range labelled.Items {
		if !slices.Contains(s.Installation.Namespaces, namespace.Name) {
			others++
			continue
		}
		steps = append(steps,
			labelRemoval{s.remove(corev1.SchemeGroupVersion.WithKind("Namespace"), "", namespace.Name).object, label})
	}
	if others > 0 {
		return steps, nil
	}
	name := EnforcePolicy(s.Installation.System)
	for _, mode := range []string{EnforceDeny, EnforceWarn} {
		steps = append(steps, s.remove(admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicyBinding"), "",
			name+"-"+mode))
	}
	return append(steps, s.remove(admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicy"), "", name)), nil
}
