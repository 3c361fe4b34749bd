package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindKubeRelease(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.test/kube\n\nrequire (\n\tk8s.io/kubectl v0.40.1\n\tk8s.io/kubernetes " +
			"v1.40.1\n)\n",
		"v1.4.mod":  "module example.test/kube\n\nrequire k8s.io/kubernetes v1.4.10\n",
		"v1.39.mod": "module example.test/kube\n\nrequire (\n\tk8s.io/kubernetes v1.39.2\n)\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for wanted, want := range map[string]kubeRelease{
		"":         {"v1.40.1", "go.mod"},
		"v1.40":    {"v1.40.1", "go.mod"},
		"v1.39":    {"v1.39.2", "v1.39.mod"},
		"v1.39.2":  {"v1.39.2", "v1.39.mod"},
		"v1.4":     {"v1.4.10", "v1.4.mod"},
		"v1.4.10":  {"v1.4.10", "v1.4.mod"},
		"v1.4.1":   {},
		"v1.38":    {},
		"go":       {},
		"../v1.39": {},
	} {
		got, err := findKubeRelease(dir, wanted)
		if got != want || (err == nil) != (want != kubeRelease{}) {
			t.Errorf("%q: got %v, %v, want %v", wanted, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "there are v1.40.1, v1.39.2, v1.4.10") {
			t.Errorf("%q: the error does not say what there is: %v", wanted, err)
		}
	}
}

// The module files that there are name versions of their minor, and all staging modules of the same.
func TestKubernetesModuleFiles(t *testing.T) {
	files, err := filepath.Glob("kube/*.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		k, err := readKubeRelease(path)
		if err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimSuffix(k.modfile, ".mod"); name != "go" && !strings.HasPrefix(k.version, name+".") {
			t.Errorf("%s requires Kubernetes %s", path, k.version)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		staging := strings.Replace(k.version, "v1.", "v0.", 1)
		for line := range strings.Lines(string(text)) {
			if _, replacement, ok := strings.Cut(line, " => "); ok &&
				!strings.HasSuffix(replacement, " "+staging+"\n") {
				t.Errorf("%s: %s, and Kubernetes %s", path, strings.TrimSpace(line), k.version)
			}
		}
		if flags := k.module().ldflags; !strings.Contains(flags, "gitVersion="+k.version+" ") ||
			!strings.HasSuffix(flags, "gitMinor="+strings.Split(k.version, ".")[1]) {
			t.Errorf("%s: stamped with %s", path, flags)
		}
	}
}
