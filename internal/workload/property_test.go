package workload

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	kubectlyaml "sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/internal/samples"
)

// podText is a generated pod in one of several styles.
func podText(t *testing.T, g samples.Generator) []byte {
	t.Helper()
	pod := g.Pod("a")
	var text []byte
	var err error
	switch g.IntN(3) {
	case 0:
		text, err = json.Marshal(pod)
	case 1:
		text, err = json.MarshalIndent(pod, "", "  ")
	default:
		text, err = kubectlyaml.Marshal(pod)
		commented := strings.ReplaceAll(string(text), "\n  volumes:\n", "\n  # volumes\n\n  volumes: # of the pod\n")
		text = []byte(strings.ReplaceAll(commented, "    image: image\n", "    image: 'image'   # it\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestGenerated: for pods that reference Secrets in random ways, uninject restores the text, and from another encoding
// the value; a second inject changes nothing.
func TestGenerated(t *testing.T) {
	injected := 0
	for seed := range uint64(200) {
		g := samples.New(seed, 1)
		before := podText(t, g)
		settings := someSettings()
		settings.Exec, settings.Refresh = g.IntN(3) == 0, g.Often()
		out, err := Rewrite(before, decodeYAML, someFacts(), settings)
		if err != nil {
			if strings.Contains(err.Error(), "does not exist") {
				t.Fatalf("seed %d: %v\n%s", seed, err, before)
			}
			continue
		}
		if len(out.Changed) > 0 {
			injected++
		}
		checkBack(t, before, out.Text, settings)
		checkValue(t, before, out.Text)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if injected < 70 {
		t.Errorf("only %d pods were injected", injected)
	}
}

// checkValue checks that uninject restores the value after another program has written the manifest in its own style.
func checkValue(t *testing.T, before, after []byte) {
	t.Helper()
	value, err := decodeYAML(after)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := kubectlyaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := Restore(encoded, decodeYAML)
	if err != nil {
		t.Fatalf("%v\n%s", err, encoded)
	}
	got, err := decodeYAML(restored.Text)
	want, wantErr := decodeYAML(before)
	if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v\n%s\nwant\n%s", err, wantErr, restored.Text, before)
	}
}

// FuzzRewrite: whatever a manifest has, inject ends, its error has no value, and what it prints is restored.
func FuzzRewrite(f *testing.F) {
	for seed := range uint64(20) {
		g := samples.New(seed, 2)
		text, err := kubectlyaml.Marshal(g.Pod("a"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls}}]")))
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := Rewrite(text, decodeYAML, someFacts(), someSettings())
		if err != nil {
			return
		}
		if _, err := decodeYAML(out.Text); err != nil {
			t.Errorf("%v\n%s", err, out.Text)
		}
		if strings.Contains(string(text), RecordAnnotation) {
			return
		}
		restored, err := Restore(out.Text, decodeYAML)
		if err != nil || string(restored.Text) != string(text) {
			t.Errorf("%v\n%s\nwant\n%s", err, restored.text(), text)
		}
	})
}
