package setup

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

func template(t *testing.T, text string) sealed.KeyTemplate {
	t.Helper()
	keys, err := sealed.ParseKeyTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestPolicyChecksTheKeyOfTheNamespace(t *testing.T) {
	const ns = " + object.metadata.namespace + "
	for text, want := range map[string]string{
		"vaultseal/{namespace}":     `"vaultseal/"` + ns + `""`,
		"transit/app":               `"transit/app"`,
		"app":                       `"transit/app"`,
		"ns-{namespace}-x":          `"transit/ns-"` + ns + `"-x"`,
		"a/b/{namespace}":           `"a/b/"` + ns + `""`,
		"m/{namespace}-{namespace}": `"m/"` + ns + `"-"` + ns + `""`,
	} {
		i := Installation{System: "vaultseal-system", Keys: template(t, text), Enforce: &Enforcement{}}
		if got := i.celKey(); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
		validations := i.validations()
		if last := validations[len(validations)-1]; !strings.HasSuffix(last.Expression, " == "+want) ||
			!strings.Contains(last.Message, text) || !strings.Contains(last.Message, "kubectl vaultseal ") {
			t.Errorf("%+v", last)
		}
	}
}

// TestWhatIsAllowedCannotLeaveItsText: a type or a user is text of the expression, whatever is in it.
func TestWhatIsAllowedCannotLeaveItsText(t *testing.T) {
	hostile := []string{
		`"] || true || ["`, `\"] || true || [\"`, `'] || true || ['`, `\`, `a\`, "`", `${x}`, "{namespace}",
		"ü\u200b\u202e", "a\tb", `\x22`, "",
	}
	i := Installation{System: "vaultseal-system", Keys: template(t, "vaultseal/{namespace}"),
		Enforce: &Enforcement{AllowTypes: hostile, AllowUsers: hostile}}
	nothing := Installation{Enforce: &Enforcement{}}
	conditions := i.matchConditions()
	for name, c := range map[string]struct {
		expression, before string
		want               []string
	}{
		"type": {conditions[0].Expression, "!(object.type in [", slices.Concat(nothing.uncheckedTypes(), hostile)},
		"user": {conditions[2].Expression, "!(request.userInfo.username in [", hostile},
	} {
		rest, found := strings.CutPrefix(c.expression, c.before)
		if !found {
			t.Fatal(c.expression)
		}
		var read []string
		for {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil || quoted[0] != '"' {
				t.Fatalf("%s: %s: %v", name, rest, err)
			}
			text, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			read, rest = append(read, text), rest[len(quoted):]
			if rest, found = strings.CutPrefix(rest, ", "); !found {
				break
			}
		}
		if rest != "])" || !slices.Equal(read, c.want) {
			t.Errorf("%s: %q and then %q, want %q", name, read, rest, c.want)
		}
	}
}

func TestPolicyHasABindingForEachMode(t *testing.T) {
	i := Installation{System: "other", Keys: template(t, "vaultseal/{namespace}"), Namespaces: []string{"a", "b"},
		Enforce: &Enforcement{Mode: EnforceWarn}}
	objects := i.enforcement()
	if len(objects) != 3 || objects[0].(*admissionv1.ValidatingAdmissionPolicy).Name != "vaultseal-sealed-other" {
		t.Fatalf("%+v", objects)
	}
	if conditions := i.matchConditions(); len(conditions) != 2 {
		t.Errorf("nobody is allowed, and there is a condition for users: %+v", conditions)
	}
	for _, object := range objects[1:] {
		binding := object.(*admissionv1.ValidatingAdmissionPolicyBinding)
		mode := binding.Spec.MatchResources.NamespaceSelector.MatchLabels["vaultseal.dev/enforce-other"]
		actions := map[string][]admissionv1.ValidationAction{EnforceDeny: {admissionv1.Deny},
			EnforceWarn: {admissionv1.Warn, admissionv1.Audit}}[mode]
		if binding.Name != "vaultseal-sealed-other-"+mode || binding.Spec.PolicyName != "vaultseal-sealed-other" ||
			!slices.Equal(binding.Spec.ValidationActions, actions) {
			t.Errorf("%+v", binding)
		}
	}
	for n, object := range i.enforceLabels() {
		if namespace := object.(*corev1.Namespace); namespace.Name != i.Namespaces[n] ||
			namespace.Labels["vaultseal.dev/enforce-other"] != EnforceWarn {
			t.Errorf("%+v", namespace)
		}
	}
	for _, enforce := range []*Enforcement{nil, {Mode: EnforceOff}} {
		if i.Enforce = enforce; len(i.enforcement())+len(i.enforceLabels()) > 0 {
			t.Errorf("%+v writes something", enforce)
		}
	}
	if EnforceLabel("vaultseal-system") != "vaultseal.dev/enforce" ||
		EnforcePolicy("vaultseal-system") != "vaultseal-sealed" {
		t.Error("the default installation has other names")
	}
}

// served is an API server with objects by path; a path with "" is forbidden.
func served(t *testing.T, objects map[string]any) corev1client.CoreV1Interface {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		is, found := objects[r.URL.Path]
		if found && is != "" {
			_ = json.NewEncoder(w).Encode(is)
			return
		}
		status := metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure",
			Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound}
		if found {
			status.Reason, status.Code = metav1.StatusReasonForbidden, http.StatusForbidden
		}
		w.WriteHeader(int(status.Code))
		_ = json.NewEncoder(w).Encode(status)
	}))
	t.Cleanup(server.Close)
	core, err := corev1client.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return core
}

const (
	policyPath    = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/vaultseal-sealed"
	denyPath      = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/vaultseal-sealed-deny"
	warnPath      = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/vaultseal-sealed-warn"
	namespacePath = "/api/v1/namespaces/a"
)

func labelled(mode string) *corev1.Namespace {
	namespace := &corev1.Namespace{TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "a"}}
	if mode != "" {
		namespace.Labels = map[string]string{"vaultseal.dev/enforce": mode}
	}
	return namespace
}

func TestEnforcementState(t *testing.T) {
	written := Installation{System: "vaultseal-system", Keys: template(t, "vaultseal/{namespace}"),
		Enforce: &Enforcement{AllowTypes: []string{"kubernetes.io/tls"}, AllowUsers: []string{"x", "y"}}}
	typed := func(object runtime.Object, kind string) any {
		object.GetObjectKind().SetGroupVersionKind(admissionv1.SchemeGroupVersion.WithKind(kind))
		return object
	}
	policy := func(change func(*admissionv1.ValidatingAdmissionPolicySpec)) any {
		is := written.sealedPolicy()
		change(&is.Spec)
		return typed(is, "ValidatingAdmissionPolicy")
	}
	binding := func(mode string, change func(*admissionv1.ValidatingAdmissionPolicyBindingSpec)) any {
		is := written.bindingOf(mode)
		change(&is.Spec)
		return typed(is, "ValidatingAdmissionPolicyBinding")
	}
	whole, bound := policy(func(*admissionv1.ValidatingAdmissionPolicySpec) {}),
		binding(EnforceDeny, func(*admissionv1.ValidatingAdmissionPolicyBindingSpec) {})
	narrow := &metav1.LabelSelector{MatchLabels: map[string]string{"x": "y"}}
	for name, c := range map[string]struct {
		objects map[string]any
		keys    string
		want    string
		reason  string
	}{
		"deny": {map[string]any{namespacePath: labelled("deny"), policyPath: whole, denyPath: bound},
			"vaultseal/{namespace}", EnforceDeny, ""},
		"warn": {map[string]any{namespacePath: labelled("warn"), policyPath: whole,
			warnPath: binding(EnforceWarn, func(*admissionv1.ValidatingAdmissionPolicyBindingSpec) {})},
			"vaultseal/{namespace}", EnforceWarn, ""},
		"no configured key": {map[string]any{namespacePath: labelled("deny"), policyPath: whole, denyPath: bound}, "",
			EnforceDeny, ""},
		"no label": {map[string]any{namespacePath: labelled(""), policyPath: whole, denyPath: bound},
			"vaultseal/{namespace}", EnforceOff, ""},
		"nothing": {map[string]any{namespacePath: ""}, "vaultseal/{namespace}", EnforceOff, ""},
		"nothing readable": {map[string]any{namespacePath: "", policyPath: ""}, "vaultseal/{namespace}",
			EnforceUnknown, "labels"},
		"policy unreadable": {map[string]any{namespacePath: labelled("deny"), policyPath: ""}, "vaultseal/{namespace}",
			EnforceUnknown, "labelled deny"},
		"binding unreadable": {map[string]any{namespacePath: labelled("deny"), policyPath: whole, denyPath: ""},
			"vaultseal/{namespace}", EnforceUnknown, "cannot be read"},
		"another value": {map[string]any{namespacePath: labelled("yes"), policyPath: whole, denyPath: bound},
			"vaultseal/{namespace}", EnforceBroken, "neither deny nor warn"},
		"no policy": {map[string]any{namespacePath: labelled("deny"), denyPath: bound}, "vaultseal/{namespace}",
			EnforceBroken, "there is no ValidatingAdmissionPolicy vaultseal-sealed"},
		"no binding": {map[string]any{namespacePath: labelled("deny"), policyPath: whole}, "vaultseal/{namespace}",
			EnforceBroken, "there is no ValidatingAdmissionPolicyBinding vaultseal-sealed-deny"},
		"another key": {map[string]any{namespacePath: labelled("deny"), policyPath: whole, denyPath: bound},
			"vaultseal/ns-{namespace}", EnforceBroken, "not for the configured transit key vaultseal/ns-{namespace}"},
		"weaker values": {map[string]any{namespacePath: labelled("deny"), denyPath: bound,
			policyPath: policy(func(s *admissionv1.ValidatingAdmissionPolicySpec) {
				s.Validations[0].Expression = "true"
			})}, "", EnforceBroken, "not as setup writes it"},
		"fewer validations": {map[string]any{namespacePath: labelled("deny"), denyPath: bound,
			policyPath: policy(func(s *admissionv1.ValidatingAdmissionPolicySpec) {
				s.Validations = s.Validations[:1]
			})}, "", EnforceBroken, "not as setup writes it"},
		"weaker conditions": {map[string]any{namespacePath: labelled("deny"), denyPath: bound,
			policyPath: policy(func(s *admissionv1.ValidatingAdmissionPolicySpec) {
				s.MatchConditions = append(s.MatchConditions,
					admissionv1.MatchCondition{Name: "never", Expression: "false"})
			})}, "vaultseal/{namespace}", EnforceBroken, "not as setup writes it"},
		"failures pass": {map[string]any{namespacePath: labelled("deny"), denyPath: bound,
			policyPath: policy(func(s *admissionv1.ValidatingAdmissionPolicySpec) {
				ignore := admissionv1.Ignore
				s.FailurePolicy = &ignore
			})}, "vaultseal/{namespace}", EnforceBroken, "not as setup writes it"},
		"fewer objects": {map[string]any{namespacePath: labelled("deny"), denyPath: bound,
			policyPath: policy(func(s *admissionv1.ValidatingAdmissionPolicySpec) {
				s.MatchConstraints.ObjectSelector = narrow
			})}, "vaultseal/{namespace}", EnforceBroken, "not as setup writes it"},
		"only audited": {map[string]any{namespacePath: labelled("deny"), policyPath: whole,
			denyPath: binding(EnforceDeny, func(s *admissionv1.ValidatingAdmissionPolicyBindingSpec) {
				s.ValidationActions = []admissionv1.ValidationAction{admissionv1.Audit}
			})}, "vaultseal/{namespace}", EnforceBroken, "Binding vaultseal-sealed-deny is not as setup writes it"},
		"bound elsewhere": {map[string]any{namespacePath: labelled("deny"), policyPath: whole,
			denyPath: binding(EnforceDeny, func(s *admissionv1.ValidatingAdmissionPolicyBindingSpec) {
				s.MatchResources.NamespaceSelector = narrow
			})}, "vaultseal/{namespace}", EnforceBroken, "Binding vaultseal-sealed-deny is not as setup writes it"},
	} {
		t.Run(name, func(t *testing.T) {
			view := ViewEnforcement(t.Context(), served(t, c.objects), "vaultseal-system", template(t, c.keys),
				[]string{"a"})
			is := view.In([]string{"a"})
			if len(is) != 1 || is[0].Namespace != "a" || is[0].State != c.want ||
				!strings.Contains(is[0].Reason, c.reason) || (is[0].Reason == "") != (c.reason == "") {
				t.Errorf("%+v, want %s: %s", is, c.want, c.reason)
			}
		})
	}
}

// TestEnforcementStateOfAllNamespaces: those without a label are not in the list.
func TestEnforcementStateOfAllNamespaces(t *testing.T) {
	list := &corev1.NamespaceList{TypeMeta: metav1.TypeMeta{Kind: "NamespaceList", APIVersion: "v1"},
		Items: []corev1.Namespace{*labelled("odd")}}
	view := ViewEnforcement(t.Context(), served(t, map[string]any{"/api/v1/namespaces": list}), "vaultseal-system",
		template(t, "a"), nil)
	is := view.In([]string{"b", "a"})
	if len(is) != 2 || is[0].State != EnforceBroken || is[1].State != EnforceOff {
		t.Errorf("%+v", is)
	}
	view = ViewEnforcement(t.Context(), served(t, map[string]any{"/api/v1/namespaces": "", policyPath: ""}),
		"vaultseal-system", template(t, "a"), nil)
	if is := view.In([]string{"a"}); is[0].State != EnforceUnknown {
		t.Errorf("%+v", is)
	}
}
