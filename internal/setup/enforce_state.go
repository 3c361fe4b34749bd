package setup

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// The states of a NamespaceEnforcement, besides the modes of an Enforcement.
const (
	EnforceBroken  = "broken"  // the namespace has the label, but its Secrets are not checked as setup configured it
	EnforceUnknown = "unknown" // the user cannot read the policy or the label
)

// NamespaceEnforcement is whether the API server checks the Secrets of a namespace: deny, warn, off, broken or unknown.
type NamespaceEnforcement struct {
	Namespace string `json:"namespace"`
	State     string `json:"state"`
	// Reason is what is broken, or what cannot be read.
	Reason string `json:"reason,omitempty"`
}

// maxNamespaceReads is the number of namespaces that are read one by one; if there are more, the labelled ones are
// listed.
const maxNamespaceReads = 10

// EnforcementView is what a user can see of an installation's enforcement.
type EnforcementView struct {
	system string
	keys   sealed.KeyTemplate

	labels   map[string]string // by namespace, of the namespaces that were read; empty: no label
	listed   bool              // labels has every namespace with the label
	policy   *admissionv1.ValidatingAdmissionPolicy
	bindings map[string]*admissionv1.ValidatingAdmissionPolicyBinding // by mode
	unread   map[string]bool                                          // names of the objects that could not be read
}

// ViewEnforcement reads the policy, its bindings and the labels of the namespaces (none: of all) concurrently. It needs
// no rights: what it cannot read is unknown. Keys is the configured key; if zero, the policy's key is not compared.
func ViewEnforcement(ctx context.Context, core corev1client.CoreV1Interface, system string, keys sealed.KeyTemplate,
	namespaces []string) *EnforcementView {
	v := &EnforcementView{
		system: system, keys: keys, labels: map[string]string{}, unread: map[string]bool{},
		bindings: map[string]*admissionv1.ValidatingAdmissionPolicyBinding{},
	}
	r := &enforcementReader{view: v, core: core}
	if len(namespaces) == 0 || len(namespaces) > maxNamespaceReads {
		r.group.Go(func() error { r.list(ctx); return nil })
	} else {
		for _, namespace := range namespaces {
			r.group.Go(func() error { r.namespace(ctx, namespace); return nil })
		}
	}
	r.group.Go(func() error { r.policy(ctx); return nil })
	_ = r.group.Wait() // unreadable objects are noted
	return v
}

// In returns the enforcement of each of the namespaces.
func (v *EnforcementView) In(namespaces []string) []NamespaceEnforcement {
	states := make([]NamespaceEnforcement, 0, len(namespaces))
	for _, namespace := range slices.Sorted(slices.Values(namespaces)) {
		state, reason := v.in(namespace)
		states = append(states, NamespaceEnforcement{Namespace: namespace, State: state, Reason: reason})
	}
	return states
}

func (v *EnforcementView) in(namespace string) (state, reason string) {
	mode, read := v.labels[namespace]
	name := EnforcePolicy(v.system)
	binding := v.bindings[mode]
	switch {
	case !read && !v.listed && v.policy == nil && !v.unread[name]:
		return EnforceOff, "" // no policy exists
	case !read && !v.listed:
		return EnforceUnknown, "the labels of the namespace cannot be read"
	case mode == "":
		return EnforceOff, ""
	case mode != EnforceDeny && mode != EnforceWarn:
		return EnforceBroken, fmt.Sprintf("its label %s is neither deny nor warn", EnforceLabel(v.system))
	case v.unread[name], v.unread[name+"-"+mode]:
		return EnforceUnknown, fmt.Sprintf("it is labelled %s, and the ValidatingAdmissionPolicy %s or its binding "+
			"cannot be read", mode, name)
	case v.policy == nil:
		return EnforceBroken, fmt.Sprintf("it is labelled %s, and there is no ValidatingAdmissionPolicy %s", mode, name)
	case binding == nil:
		return EnforceBroken, fmt.Sprintf("it is labelled %s, and there is no ValidatingAdmissionPolicyBinding %s-%s",
			mode, name, mode)
	}
	wanted := v.installation()
	switch {
	case v.stale():
		return EnforceBroken, fmt.Sprintf("the ValidatingAdmissionPolicy %s is not for the configured transit key %s",
			name, v.keys)
	case !samePolicy(v.policy, wanted.sealedPolicy(), v.keys.IsZero()):
		return EnforceBroken, fmt.Sprintf("the ValidatingAdmissionPolicy %s is not as setup writes it", name)
	case !sameBinding(binding, wanted.bindingOf(mode)):
		return EnforceBroken, fmt.Sprintf("the ValidatingAdmissionPolicyBinding %s-%s is not as setup writes it",
			name, mode)
	}
	return mode, ""
}

// installation returns what setup would write, with what the policy allows.
func (v *EnforcementView) installation() Installation {
	i := Installation{System: v.system, Keys: v.keys, Enforce: &Enforcement{}}
	if v.policy != nil {
		i.Enforce.AllowTypes, i.Enforce.AllowUsers = allowedBy(v.policy.Annotations)
	}
	return i
}

// stale reports whether the policy checks for another key than the configured one.
func (v *EnforcementView) stale() bool {
	return !v.keys.IsZero() && v.policy != nil && !v.installation().checksKey(v.policy)
}

// checksKey reports whether a policy contains the installation's key.
func (i Installation) checksKey(policy *admissionv1.ValidatingAdmissionPolicy) bool {
	return slices.ContainsFunc(policy.Spec.Validations,
		func(is admissionv1.Validation) bool { return is.Expression == i.keyValidation().Expression })
}

// allowedBy returns the types and users that a policy excludes, from its annotations.
func allowedBy(annotations map[string]string) (types, users []string) {
	list := func(text string) []string {
		if text == "" {
			return nil
		}
		return strings.Split(text, ",")
	}
	return list(annotations[allowTypesAnnotation]), list(annotations[allowUsersAnnotation])
}

// samePolicy compares the fields that setup writes, because the API server adds defaults. If the key is unknown, its
// validation counts as equal.
func samePolicy(is, wanted *admissionv1.ValidatingAdmissionPolicy, anyKey bool) bool {
	validations := len(wanted.Spec.Validations)
	if anyKey {
		validations-- // the validation of the key is the last one
	}
	constraints := is.Spec.MatchConstraints
	return is.Spec.FailurePolicy != nil && *is.Spec.FailurePolicy == admissionv1.Fail && constraints != nil &&
		reflect.DeepEqual(constraints.ResourceRules, wanted.Spec.MatchConstraints.ResourceRules) &&
		matchesAll(constraints, nil) &&
		reflect.DeepEqual(is.Spec.MatchConditions, wanted.Spec.MatchConditions) &&
		slices.EqualFunc(wanted.Spec.Validations[:validations],
			is.Spec.Validations[:min(validations, len(is.Spec.Validations))],
			func(a, b admissionv1.Validation) bool { return a.Expression == b.Expression }) &&
		len(is.Spec.Validations) >= len(wanted.Spec.Validations)
}

func sameBinding(is, wanted *admissionv1.ValidatingAdmissionPolicyBinding) bool {
	has := func(action admissionv1.ValidationAction) bool {
		return slices.Contains(is.Spec.ValidationActions, action)
	}
	return is.Spec.PolicyName == wanted.Spec.PolicyName &&
		!slices.ContainsFunc(wanted.Spec.ValidationActions,
			func(a admissionv1.ValidationAction) bool { return !has(a) }) &&
		is.Spec.MatchResources != nil && len(is.Spec.MatchResources.ResourceRules) == 0 &&
		matchesAll(is.Spec.MatchResources, wanted.Spec.MatchResources.NamespaceSelector.MatchLabels)
}

// matchesAll reports whether only the labels of the namespace restrict the match.
func matchesAll(is *admissionv1.MatchResources, labels map[string]string) bool {
	selects := func(selector *metav1.LabelSelector) map[string]string {
		switch {
		case selector == nil:
			return nil
		case len(selector.MatchExpressions) > 0:
			return map[string]string{"": "more than labels"}
		}
		return selector.MatchLabels
	}
	return len(is.ExcludeResourceRules) == 0 && len(selects(is.ObjectSelector)) == 0 &&
		maps.Equal(selects(is.NamespaceSelector), labels)
}
