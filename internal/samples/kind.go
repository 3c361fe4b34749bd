package samples

import (
	"encoding/json"

	"github.com/vaultseal/kubectl-vaultseal/internal/styled"
)

// Kinds returns the kinds of workloads.
func Kinds() []string {
	return []string{"Pod", "Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ReplicationController", "Job",
		"CronJob", "PodTemplate"}
}

// workload returns a workload of any kind.
func (g Generator) workload(name string) map[string]any {
	pod := g.Pod(name)
	metadata := map[string]any{"name": name}
	if len(pod.Annotations) > 0 {
		metadata["annotations"] = pod.Annotations
	}
	labels := map[string]any{"app": "a"}
	template := map[string]any{"metadata": map[string]any{"labels": labels}, "spec": pod.Spec}
	object := func(version, kind string, spec map[string]any) map[string]any {
		return map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
	}
	switch kind := g.oneOf(Kinds()...); kind {
	case "Pod":
		return map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": pod.Spec}
	case "PodTemplate":
		return map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata, "template": template}
	case "ReplicationController":
		return object("v1", kind, map[string]any{"template": template})
	case "Job":
		pod.Spec.RestartPolicy = "OnFailure"
		template["spec"] = pod.Spec
		return object("batch/v1", kind, map[string]any{"template": template})
	case "CronJob":
		pod.Spec.RestartPolicy = "Never"
		template["spec"] = pod.Spec
		return object("batch/v1", kind, map[string]any{"schedule": "0 0 * * *",
			"jobTemplate": map[string]any{"spec": map[string]any{"template": template}}})
	default:
		selector := map[string]any{"matchLabels": labels}
		return object("apps/v1", kind, map[string]any{"selector": selector, "template": template})
	}
}

// Manifest returns a workload of any kind, or a list with two of them, in any style of YAML and JSON. Their names begin
// with name. A list is a List or one of the listKinds.
func (g Generator) Manifest(name string, listKinds ...string) ([]byte, error) {
	object := g.workload(name)
	if g.IntN(4) == 0 {
		items := []any{object, map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": name}, "data": map[string]any{"script": "a\n b\n\n"}},
			g.workload(name + "-b")}
		object = map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
		if kind := g.oneOf(append(listKinds, "List")...); kind != "List" {
			object["apiVersion"], object["kind"] = "config.kubernetes.io/v1", kind
		}
	}
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	manifest, err := styled.New(g.Rand).Document(text)
	return []byte(manifest), err
}
