package workload

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubejson "k8s.io/apimachinery/pkg/util/json"
)

// Kind is a kind of object that has a pod template.
type Kind struct {
	schema.GroupVersionKind

	Resource string // as in the API server's paths
	short    string // kubectl's short name; empty: none
	template []string
}

// kinds are all kinds of workloads. A Pod is its own template.
func kinds() []Kind {
	inSpec := []string{"spec", "template"}
	apps, batch := schema.GroupVersion{Group: "apps", Version: "v1"}, schema.GroupVersion{Group: "batch", Version: "v1"}
	return []Kind{
		{apps.WithKind("Deployment"), "deployments", "deploy", inSpec},
		{apps.WithKind("StatefulSet"), "statefulsets", "sts", inSpec},
		{apps.WithKind("DaemonSet"), "daemonsets", "ds", inSpec},
		{apps.WithKind("ReplicaSet"), "replicasets", "rs", inSpec},
		{corev1.SchemeGroupVersion.WithKind("ReplicationController"), "replicationcontrollers", "rc", inSpec},
		{batch.WithKind("Job"), "jobs", "", inSpec},
		{batch.WithKind("CronJob"), "cronjobs", "cj", []string{"spec", "jobTemplate", "spec", "template"}},
		{corev1.SchemeGroupVersion.WithKind("Pod"), "pods", "po", nil},
		{corev1.SchemeGroupVersion.WithKind("PodTemplate"), "podtemplates", "", []string{"template"}},
	}
}

// AllKinds returns all kinds.
func AllKinds() []Kind { return kinds() }

// KindNames returns the names of all kinds, as a command line takes them.
func KindNames() []string {
	var names []string
	for _, kind := range kinds() {
		names = append(names, strings.ToLower(kind.Kind))
	}
	return names
}

// KindNamed returns the kind of a word of a command line: a kind, its plural or its short name, as kubectl takes them,
// with or without the group.
func KindNamed(word string) (Kind, bool) {
	name, group, grouped := strings.Cut(strings.ToLower(word), ".")
	for _, kind := range kinds() {
		if slices.Contains([]string{strings.ToLower(kind.Kind), kind.Resource, kind.short}, name) && name != "" &&
			(!grouped || group == kind.Group) {
			return kind, true
		}
	}
	return Kind{}, false
}

// KindOf returns the kind of an object's apiVersion and kind.
func KindOf(version, kind string) (Kind, bool) {
	for _, one := range kinds() {
		if one.GroupVersion().String() == version && one.Kind == kind {
			return one, true
		}
	}
	return Kind{}, false
}

// GroupVersionResource names the kind for the API server.
func (k Kind) GroupVersionResource() schema.GroupVersionResource {
	return k.GroupVersion().WithResource(k.Resource)
}

// ErrNoTemplate says that an object of a workload's kind has no pod template, or one of another form.
var ErrNoTemplate = errors.New("it has no pod template that can be read")

// spec returns the pod spec of an object of the kind, as it is written; nil: it has no spec.
func (k Kind) spec(object map[string]any) map[string]any {
	for _, field := range append(slices.Clone(k.template), "spec") {
		object, _ = object[field].(map[string]any)
	}
	return object
}

// Account returns the name of the ServiceAccount of an object's pods.
func (k Kind) Account(object map[string]any) (string, error) {
	spec := k.spec(object)
	if spec == nil {
		return "", ErrNoTemplate
	}
	var names [2]string
	for n, field := range []string{"serviceAccountName", "serviceAccount"} { // the second is the older name
		is := true
		if value := spec[field]; value != nil {
			names[n], is = value.(string)
		}
		if !is {
			return "", ErrNoTemplate
		}
	}
	return cmp.Or(names[0], names[1], DefaultAccount), nil
}

// DefaultAccount is the ServiceAccount of pods that name none.
const DefaultAccount = "default"

// Template returns the pod template of an object of the kind. Its error has no value of the object.
func (k Kind) Template(object map[string]any) (*corev1.PodTemplateSpec, error) {
	if k.spec(object) == nil {
		return nil, ErrNoTemplate
	}
	for _, field := range k.template {
		object, _ = object[field].(map[string]any)
	}
	text, err := json.Marshal(object)
	template := &corev1.PodTemplateSpec{}
	if err != nil || kubejson.Unmarshal(text, template) != nil {
		return nil, ErrNoTemplate
	}
	return template, nil
}
