package workload

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// noteOtherKind says what an object that is not a workload does with Secrets, which inject cannot change.
func (o Object) noteOtherKind(known Known, namespace string) []string {
	if o.Version == "v1" && (o.Kind == "Secret" || o.Kind == "ConfigMap") { // their fields are values
		return nil
	}
	if own := o.Namespace(); own != "" {
		namespace = own
	}
	var notes []string
	for _, named := range namedSecrets(o.Fields, namespace) {
		state := known.SecretIfKnown(named.namespace, named.name).State
		note := fmt.Sprintf("it names secret %s, which is sealed, and inject does not change its kind: what reads the "+
			"Secret gets the ciphertext", named.name)
		if state == Sealed && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	if len(notes) == 0 && o.hasPodTemplate() {
		notes = append(notes, "it has a pod template with Secrets, and inject does not know its kind: it is left as "+
			"it is")
	}
	return notes
}

// hasPodTemplate reports whether an object has a pod template with Secrets where those of Kubernetes have theirs.
func (o Object) hasPodTemplate() bool {
	spec, _ := o.Fields["spec"].(map[string]any)
	template, _ := spec["template"].(map[string]any)
	var pod corev1.PodSpec
	return template["spec"] != nil && decode(template["spec"], &pod) == nil && len(references(&pod)) > 0
}

// namedSecrets finds the Secrets that fields name in the ways of Kubernetes: secretName, secretKeyRef, secretRef
// and fields that end so, such as imagePullSecrets, at any depth.
func namedSecrets(value any, namespace string) []place {
	var all []place
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			all = append(all, namedSecrets(item, namespace)...)
		}
	case map[string]any:
		for _, field := range slices.Sorted(maps.Keys(value)) {
			name, isText := value[field].(string)
			switch {
			case isText && field == "secretName":
				all = append(all, place{namespace, name})
			case isSecretField(field):
				all = append(all, referenced(value[field], namespace)...)
			}
			all = append(all, namedSecrets(value[field], namespace)...)
		}
	}
	return all
}

// isSecretField reports whether a field refers to Secrets by its name, as passwordSecretRef does.
func isSecretField(field string) bool {
	lower := strings.ToLower(field)
	return slices.ContainsFunc([]string{"secret", "secrets", "secretref", "secretkeyref"},
		func(ending string) bool { return strings.HasSuffix(lower, ending) })
}

// referenced are the names in a reference, or in a list of references.
func referenced(value any, namespace string) []place {
	items, isList := value.([]any)
	if !isList {
		items = []any{value}
	}
	var all []place
	for _, item := range items {
		fields, _ := item.(map[string]any)
		name := text(fields["name"])
		if name == "" {
			continue
		}
		at := place{namespace, name}
		if own := text(fields["namespace"]); own != "" {
			at.namespace = own
		}
		all = append(all, at)
	}
	return all
}
