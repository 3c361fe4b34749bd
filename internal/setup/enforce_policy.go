package setup

import (
	"fmt"
	"strconv"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// uncheckedTypes are the types whose Secrets may hold plaintext.
func (i Installation) uncheckedTypes() []string {
	var types []string
	for _, plain := range sealed.PlainTypes() {
		types = append(types, string(plain))
	}
	return append(types, i.Enforce.AllowTypes...)
}

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
		objects = append(objects,
			&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace,
				Labels: map[string]string{EnforceLabel(i.System): i.Enforce.Mode}}})
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
		MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
			RuleWithOperations: admissionv1.RuleWithOperations{
				Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
				Rule: admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"},
					Resources: []string{"secrets"}, Scope: &scope},
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
		{Name: "type", Expression: "!(object.type in " + celTexts(i.uncheckedTypes()) + ")"},
		{Name: "change", Expression: fmt.Sprintf("request.operation == 'CREATE' || object.?data != oldObject.?data "+
			"|| object.%s != oldObject.%s", annotation, annotation)},
	}
	if len(i.Enforce.AllowUsers) > 0 {
		conditions = append(conditions,
			admissionv1.MatchCondition{Name: "user", Expression: "!(request.userInfo.username in " +
				celTexts(i.Enforce.AllowUsers) + ")"})
	}
	return conditions
}

// validations check the values in their stored form, base64, in which "vault:v" has a fixed beginning. The last one
// checks the key.
func (i Installation) validations() []admissionv1.Validation {
	return []admissionv1.Validation{
		{
			Expression: "!has(object.data) || object.data.all(k, string(object.data[k]).startsWith('dmF1bHQ6dj'))",
			Message: "a value of this Secret is plaintext: seal it with kubectl vaultseal create -f FILE, or ask " +
				"an administrator to allow its type or its writer with kubectl vaultseal setup --enforce-allow-type " +
				"or --enforce-allow-user",
		},
		i.keyValidation(),
	}
}

func (i Installation) keyValidation() admissionv1.Validation {
	key := fmt.Sprintf("object.metadata.?annotations[%s].orValue('')", celText(sealed.TransitKeyAnnotation))
	return admissionv1.Validation{
		Expression: "!has(object.data) || " + key + " == " + i.celKey(),
		Message: "this Secret is not sealed with the transit key of its namespace, " + i.Keys.String() +
			": seal it with kubectl vaultseal create -f FILE, or move it to that key with kubectl vaultseal reseal " +
			"NAME --transit-key KEY",
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
			MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{EnforceLabel(i.System): mode},
			}},
		},
	}
}
