package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
	"github.com/vaultseal/kubectl-vaultseal/internal/styled"
)

// asKind is a generated pod as another kind of workload.
func (g generator) asKind() map[string]any {
	pod := g.pod()
	metadata := map[string]any{"name": "a"}
	if len(pod.Annotations) > 0 {
		metadata["annotations"] = pod.Annotations
	}
	template := map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "a"}}, "spec": pod.Spec}
	object := func(version, kind string, spec map[string]any) map[string]any {
		return map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
	}
	spec := map[string]any{"selector": map[string]any{}, "template": template}
	switch kind := g.oneOf("Pod", "Deployment", "DaemonSet", "ReplicaSet", "StatefulSet", "ReplicationController", "Job",
		"CronJob", "PodTemplate"); kind {
	case "Pod":
		return map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": pod.Spec}
	case "PodTemplate":
		return map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata, "template": template}
	case "ReplicationController":
		return object("v1", kind, map[string]any{"template": template})
	case "Job":
		return object("batch/v1", kind, map[string]any{"template": template})
	case "CronJob":
		return object("batch/v1", kind, map[string]any{"schedule": "0 0 * * *",
			"jobTemplate": map[string]any{"spec": map[string]any{"template": template}}})
	default:
		return object("apps/v1", kind, spec)
	}
}

// manifest is a workload of any kind, or a list with some of them, in any style.
func (g generator) manifest(t *testing.T) []byte {
	t.Helper()
	object := g.asKind()
	if g.IntN(4) == 0 {
		items := []any{object, map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": "c"}, "data": map[string]any{"script": "a\n b\n\n"}}, g.asKind()}
		object = map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
		if g.IntN(2) == 0 {
			object["apiVersion"], object["kind"] = "config.kubernetes.io/v1", "ResourceList"
		}
	}
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := styled.New(g.Rand).Document(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(manifest)
}

// TestStyles: for workloads of all kinds in all styles, uninject restores the text, and from another encoding the
// value; a second inject changes nothing.
func TestStyles(t *testing.T) {
	injected := 0
	for seed := range uint64(80) {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) {
			if checkStyles(t, seed) {
				injected++
			}
		}) {
			return
		}
	}
	if injected < 25 {
		t.Errorf("only %d manifests were injected", injected)
	}
}

func FuzzStyles(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkStyles(t, seed) })
}

// checkStyles reports whether a manifest was injected.
func checkStyles(t *testing.T, seed uint64) bool {
	g := generator{rand.New(rand.NewPCG(seed, 3))}
	before := g.manifest(t)
	settings := someSettings()
	settings.Exec, settings.Refresh = g.IntN(3) == 0, g.often()
	out, err := Rewrite(before, decodeYAML, someFacts(), settings)
	if err != nil {
		if _, isRefusal := errors.AsType[*Error](err); !isRefusal {
			t.Fatalf("%v\n%s", err, before)
		}
		return false
	}
	checkBack(t, before, out.Text, settings)
	checkValue(t, before, out.Text)
	return len(out.Changed) > 0
}

// TestUninjectKeepsWhatOthersAdded: an init container, a volume and an annotation that were added to the injected
// workload are still there when inject is undone.
func TestUninjectKeepsWhatOthersAdded(t *testing.T) {
	before := pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls}}]")
	out, err := Rewrite([]byte(before), decodeYAML, someFacts(), someSettings())
	if err != nil {
		t.Fatal(err)
	}
	document, err := patch.Parse(out.Text)
	if err != nil {
		t.Fatal(err)
	}
	edited, _, err := document.Apply([]patch.Edit{
		{Op: patch.Insert, At: patch.Path{key("spec"), key("initContainers"), patch.End()},
			Value: map[string]any{"name": "mine"}},
		{Op: patch.Insert, At: patch.Path{key("spec"), key("volumes"), patch.Index(0)}, Value: map[string]any{"name": "own"}},
		{Op: patch.Set, At: patch.Path{key("metadata"), key("annotations"), key("own")}, Value: "x"},
	})
	if err != nil {
		t.Fatal(err)
	}
	restored, err := Restore(edited, decodeYAML)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeYAML(restored.Text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := decodeYAML([]byte(strings.Replace(before, "metadata: {name: shop}",
		"metadata: {name: shop, annotations: {own: x}}", 1)))
	if err != nil {
		t.Fatal(err)
	}
	spec := want.(map[string]any)["spec"].(map[string]any)
	spec["initContainers"] = []any{map[string]any{"name": "mine"}}
	spec["volumes"] = append([]any{map[string]any{"name": "own"}}, spec["volumes"].([]any)...)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s", restored.Text)
	}
}
