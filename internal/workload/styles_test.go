package workload

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vaultseal/kubectl-vaultseal/internal/patch"
	"github.com/vaultseal/kubectl-vaultseal/internal/samples"
)

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
	g := samples.New(seed, 3)
	before, err := g.Manifest("a", "ResourceList")
	if err != nil {
		t.Fatal(err)
	}
	settings := someSettings()
	settings.Exec, settings.Refresh = g.IntN(3) == 0, g.Often()
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
