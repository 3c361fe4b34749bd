package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	kjson "sigs.k8s.io/json"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
)

// withdrawn are versions that Kubernetes does not serve any more, and what replaced them.
func withdrawn() map[string]string {
	return map[string]string{
		"extensions/v1beta1": "apps/v1", "apps/v1beta1": "apps/v1", "apps/v1beta2": "apps/v1",
		"batch/v1beta1": "batch/v1", "batch/v2alpha1": "batch/v1",
	}
}

// templatePath is where an object has its pod template; nil: it is not a workload.
func (o Object) templatePath() patch.Path {
	kind, found := KindOf(o.Version, o.Kind)
	if !found {
		return nil
	}
	path := patch.Path{}
	for _, field := range kind.template {
		path = append(path, key(field))
	}
	return path
}

// IsWorkload reports whether an object has a pod template.
func (o Object) IsWorkload() bool { return o.templatePath() != nil }

// template is a pod template and its place in the document.
type template struct {
	corev1.PodTemplateSpec

	at     patch.Path
	claims []string // names of volumeClaimTemplates
}

// readTemplate reads the pod template of a workload.
func (o Object) readTemplate() (*template, error) {
	at := o.At
	var value any = o.Fields
	for _, step := range o.templatePath() {
		at = at.With(step)
		fields, _ := value.(map[string]any)
		value = fields[stepName(step)]
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, o.fail(NoTemplate, "there is no pod template at "+shown(at[len(o.At):]))
	}
	if _, ok := fields["spec"].(map[string]any); !ok {
		return nil, o.fail(NoTemplate, "the pod template has no spec")
	}
	t := &template{at: at}
	if err := decode(fields, &t.PodTemplateSpec); err != nil {
		return nil, o.fail(NotWellFormed, "the pod template is not well-formed"+err.Error())
	}
	if len(t.Spec.Containers) == 0 {
		return nil, o.fail(NoTemplate, "the pod template has no containers")
	}
	if o.Kind == "StatefulSet" {
		t.claims = claimNames(o.Fields)
		t.Spec.Volumes = slices.DeleteFunc(t.Spec.Volumes, func(v corev1.Volume) bool {
			return slices.Contains(t.claims, v.Name) // the claim is mounted in its place
		})
	}
	return t, nil
}

// decode reads decoded JSON as the API server does. Its error has the name of a field, and no value.
func decode(from, into any) error {
	text, err := json.Marshal(from)
	if err == nil {
		err = kjson.UnmarshalCaseSensitivePreserveInts(text, into)
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf(": %s is of another type", wrong.Field)
	}
	return errors.New("")
}

// claimNames are the names of a StatefulSet's volumeClaimTemplates: its pods have volumes of these names, in place of
// those of the pod template.
func claimNames(statefulSet map[string]any) []string {
	spec, _ := statefulSet["spec"].(map[string]any)
	claims, _ := spec["volumeClaimTemplates"].([]any)
	var names []string
	for _, claim := range claims {
		fields, _ := claim.(map[string]any)
		metadata, _ := fields["metadata"].(map[string]any)
		names = append(names, text(metadata["name"]))
	}
	return names
}

func (o Object) fail(kind ErrorKind, reason string) *Error {
	return &Error{Kind: kind, Object: o.String(), Place: o.Place, Reason: reason}
}

func shown(at patch.Path) string { return at.String() }

func stepName(step patch.Step) string { return patch.Path{step}.String() }
