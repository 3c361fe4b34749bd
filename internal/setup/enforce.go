package setup

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
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

// plainTypes are types whose Secrets Kubernetes or kubelet reads, or in which tools keep their state.
func plainTypes() []string {
	return []string{
		string(corev1.SecretTypeServiceAccountToken), string(corev1.SecretTypeBootstrapToken), "helm.sh/release.v1",
		string(corev1.SecretTypeDockercfg), string(corev1.SecretTypeDockerConfigJson),
	}
}

// The annotations of the policy that store what it allows, for the next setup. Only users who can write the policy can
// write them.
const (
	allowTypesAnnotation = "vaultseal.dev/enforce-allow-types"
	allowUsersAnnotation = "vaultseal.dev/enforce-allow-users"
)

// labelManager owns the label of a namespace, because setup may own other fields of it.
const labelManager = FieldManager + "-enforce"

// EnforceLabel is the label by which a namespace chooses the mode of this installation.
func EnforceLabel(system string) string {
	if system == config.DefaultNamespace {
		return "vaultseal.dev/enforce"
	}
	return "vaultseal.dev/enforce-" + system
}

// EnforcePolicy returns the name of an installation's policy; its bindings add "-deny" and "-warn".
func EnforcePolicy(system string) string {
	return Installation{System: system}.clusterName("vaultseal-sealed")
}

// enforcement returns the policy, its bindings and the labels of the namespaces.
func (i Installation) enforcement() []runtime.Object {
	if i.Enforce == nil || i.Enforce.Mode == EnforceOff {
		return nil
	}
	return []runtime.Object{i.sealedPolicy(), i.bindingOf(EnforceDeny), i.bindingOf(EnforceWarn)}
}

func (i Installation) enforceLabels() []runtime.Object {
	if i.Enforce == nil || i.Enforce.Mode == EnforceOff {
		return nil
	}
	var objects []runtime.Object
	for _, namespace := range i.Namespaces {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: map[string]string{EnforceLabel(i.System): i.Enforce.Mode}}})
	}
	return objects
}

func (i Installation) sealedPolicy() *admissionv1.ValidatingAdmissionPolicy {
	fail, scope := admissionv1.Fail, admissionv1.NamespacedScope
	policy := &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: meta("", EnforcePolicy(i.System))}
	policy.Annotations = map[string]string{
		allowTypesAnnotation: strings.Join(i.Enforce.AllowTypes, ","),
		allowUsersAnnotation: strings.Join(i.Enforce.AllowUsers, ","),
	}
	policy.Spec = admissionv1.ValidatingAdmissionPolicySpec{
		FailurePolicy: &fail,
		MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
			Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
			Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"secrets"}, Scope: &scope},
		}}}},
		MatchConditions: i.matchConditions(),
		Validations:     i.validations(),
	}
	return policy
}

// matchConditions exclude what is allowed, and writes that change neither the values nor the key, so that the labels of
// an existing plaintext Secret can be changed.
func (i Installation) matchConditions() []admissionv1.MatchCondition {
	annotation := fmt.Sprintf("metadata.?annotations[%s]", celText(sealed.TransitKeyAnnotation))
	conditions := []admissionv1.MatchCondition{
		{Name: "type", Expression: "!(object.type in " + celTexts(slices.Concat(plainTypes(), i.Enforce.AllowTypes)) + ")"},
		{Name: "change", Expression: fmt.Sprintf("request.operation == 'CREATE' || object.?data != oldObject.?data || object.%s != oldObject.%s", annotation, annotation)},
	}
	if len(i.Enforce.AllowUsers) > 0 {
		conditions = append(conditions, admissionv1.MatchCondition{Name: "user", Expression: "!(request.userInfo.username in " + celTexts(i.Enforce.AllowUsers) + ")"})
	}
	return conditions
}

// validations check the values in their stored form, base64, in which "vault:v" has a fixed beginning. The last one
// checks the key.
func (i Installation) validations() []admissionv1.Validation {
	return []admissionv1.Validation{
		{
			Expression: "!has(object.data) || object.data.all(k, string(object.data[k]).startsWith('dmF1bHQ6dj'))",
			Message:    "a value of this Secret is plaintext: seal it with kubectl vaultseal create -f FILE, or ask an administrator to allow its type or its writer with kubectl vaultseal setup --enforce-allow-type or --enforce-allow-user",
		},
		i.keyValidation(),
	}
}

func (i Installation) keyValidation() admissionv1.Validation {
	key := fmt.Sprintf("object.metadata.?annotations[%s].orValue('')", celText(sealed.TransitKeyAnnotation))
	return admissionv1.Validation{
		Expression: "!has(object.data) || " + key + " == " + i.celKey(),
		Message:    "this Secret is not sealed with the transit key of its namespace, " + i.Keys.String() + ": seal it with kubectl vaultseal create -f FILE, or move it to that key with kubectl vaultseal reseal NAME --transit-key KEY",
	}
}

// celKey returns the key of the Secret's namespace as an expression.
func (i Installation) celKey() string {
	const some = "{namespace}"
	text := i.Keys.String()
	if !strings.Contains(text, "/") { // in the default mount, which the annotation contains
		if key, err := i.Keys.For("x"); err == nil {
			text = key.Mount + "/" + text
		}
	}
	parts := strings.Split(text, some)
	for n := range parts {
		parts[n] = celText(parts[n])
	}
	return strings.Join(parts, " + object.metadata.namespace + ")
}

func celText(text string) string { return strconv.Quote(text) }

func celTexts(texts []string) string {
	quoted := make([]string, len(texts))
	for n, text := range texts {
		quoted[n] = celText(text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// bindingOf returns the binding for the namespaces whose label has that mode.
func (i Installation) bindingOf(mode string) *admissionv1.ValidatingAdmissionPolicyBinding {
	actions := []admissionv1.ValidationAction{admissionv1.Deny}
	if mode == EnforceWarn {
		actions = []admissionv1.ValidationAction{admissionv1.Warn, admissionv1.Audit}
	}
	return &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: meta("", EnforcePolicy(i.System)+"-"+mode),
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: EnforcePolicy(i.System), ValidationActions: actions,
			MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{EnforceLabel(i.System): mode}}},
		},
	}
}

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
	for manager, objects := range map[string][]runtime.Object{FieldManager: s.Installation.enforcement(), labelManager: s.Installation.enforceLabels()} {
		made, err := manifests(objects)
		if err != nil {
			return nil, err
		}
		for _, manifest := range made {
			steps = append(steps, object{client: s.Dynamic, manifest: manifest, force: s.ForceConflicts, manager: manager})
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
	live, err := object{client: s.Dynamic, manifest: policy}.resource().Get(ctx, EnforcePolicy(s.Installation.System), metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("read ValidatingAdmissionPolicy %s: %w", EnforcePolicy(s.Installation.System), kube.Classify(err))
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
		steps = append(steps, labelRemoval{s.remove(corev1.SchemeGroupVersion.WithKind("Namespace"), "", namespace.Name).object, label})
	}
	if others > 0 {
		return steps, nil
	}
	name := EnforcePolicy(s.Installation.System)
	for _, mode := range []string{EnforceDeny, EnforceWarn} {
		steps = append(steps, s.remove(admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicyBinding"), "", name+"-"+mode))
	}
	return append(steps, s.remove(admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicy"), "", name)), nil
}
