package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/samples"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// generatedCount is how many manifests TestGeneratedWorkloads makes.
const generatedCount = 250

// TestGeneratedWorkloads: the API server accepts workloads of all kinds, what inject makes of them, and what uninject
// makes of these as the API server has them: with its defaults, that is the original.
func TestGeneratedWorkloads(t *testing.T) {
	t.Parallel()
	namespace := newName()
	if err := theStack.addNamespace(namespace); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theStack.dropNamespace(namespace) })
	addDefaultAccount(t, namespace)
	plainDir, injectedDir := generate(t)
	plain, injected := dryRun(t, namespace, plainDir), dryRun(t, namespace, injectedDir)

	restoredDir, kinds := t.TempDir(), map[string]int{}
	for name, object := range injected {
		restored, err := workload.Restore(mustJSON(object), manifest.Decode)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kinds[object["kind"].(string)] += len(restored.Changed)
		writeManifest(t, restoredDir, strings.ReplaceAll(name, "/", "-"), []byte(asNew(t, restored.Text)))
	}
	for name, object := range dryRun(t, namespace, restoredDir) {
		got, want := asNew(t, mustJSON(object)), asNew(t, mustJSON(plain[name]))
		if at := firstDifference(got, want); at < len(got) || at < len(want) {
			t.Errorf("%s is restored as\n…%.500s\nwant\n…%.500s", name, got[max(at-100, 0):], want[max(at-100, 0):])
		}
	}
	t.Logf("%s accepts %d objects, %d after inject, and injected of each kind %v", theStack.kubernetes, len(plain),
		len(injected), kinds)
	for _, kind := range samples.Kinds() {
		if kinds[kind] < 10 {
			t.Errorf("only %d of kind %s were injected", kinds[kind], kind)
		}
	}
}

// firstDifference is where two texts begin to differ.
func firstDifference(a, b string) int {
	for n := range min(len(a), len(b)) {
		if a[n] != b[n] {
			return n
		}
	}
	return min(len(a), len(b))
}

// addDefaultAccount adds the ServiceAccount of pods that name none, which a controller would make.
func addDefaultAccount(t *testing.T, namespace string) {
	t.Helper()
	core, err := theStack.core()
	if err != nil {
		t.Fatal(err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: workload.DefaultAccount}}
	_, err = core.ServiceAccounts(namespace).Create(t.Context(), account, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// generate writes manifests to a directory, and what inject makes of them, unless it refuses them, to another one.
func generate(t *testing.T) (plainDir, injectedDir string) {
	t.Helper()
	variableFiles, err := scriptCondition("env-files")
	if err != nil {
		t.Fatal(err)
	}
	plainDir, injectedDir = t.TempDir(), t.TempDir()
	refused := map[workload.ErrorKind]int{}
	for seed := range uint64(generatedCount) {
		name, g := fmt.Sprintf("g%d", seed), samples.New(seed, 4)
		before, err := g.Manifest(name)
		if err != nil {
			t.Fatal(err)
		}
		writeManifest(t, plainDir, name, before)
		after, err := workload.Rewrite(before, manifest.Decode, generatedKnown{}, workload.Settings{
			Image: "registry.example/vaultseal:v1", Refresh: g.Often(), Exec: !g.Often() || !variableFiles,
			CPU: resource.MustParse(workload.DefaultCPU), Memory: resource.MustParse(workload.DefaultMemory),
		})
		switch refusal, is := errors.AsType[*workload.Error](err); {
		case is:
			refused[refusal.Kind]++
		case err != nil:
			t.Fatalf("%v\n%s", err, before)
		default:
			writeManifest(t, injectedDir, name, after.Text)
		}
	}
	t.Logf("of %d manifests, inject refuses %v", generatedCount, refused)
	return plainDir, injectedDir
}

func writeManifest(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name+".yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// dryRun creates the manifests of a directory as a dry run of the API server, which must accept each, and returns the
// objects as it has them, by kind and name.
func dryRun(t *testing.T, namespace, dir string) map[string]map[string]any {
	t.Helper()
	kubectl := exec.Command(filepath.Join(theStack.bin, "kubectl"), "--kubeconfig", theStack.kubeconfig, "-n", namespace,
		"create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", dir)
	var out, said bytes.Buffer
	kubectl.Stdout, kubectl.Stderr = &out, &said
	if err := kubectl.Run(); err != nil || strings.Contains(said.String(), "vaultseal") {
		t.Errorf("kubectl create: %v\n%s", err, said.String())
	}
	found := map[string]map[string]any{}
	for decoder := json.NewDecoder(&out); ; {
		var object map[string]any
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		name := object["metadata"].(map[string]any)["name"].(string)
		found[object["kind"].(string)+"/"+name] = object
	}
}

// accessVolume is the volume that the API server adds to pods.
var accessVolume = regexp.MustCompile(`kube-api-access-[a-z0-9]{5}`)

// asNew is an object without what the API server adds when it makes one, and refuses or changes in a new one.
func asNew(t *testing.T, text []byte) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	delete(object, "status") // with the class of a pod's resources, which Kubernetes 1.34 keeps
	metadata := object["metadata"].(map[string]any)
	for _, field := range []string{"uid", "creationTimestamp", "generation"} {
		delete(metadata, field)
	}
	if annotations, has := metadata["annotations"].(map[string]any); has && len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	if object["kind"] == "Job" {
		spec := object["spec"].(map[string]any)
		delete(spec, "selector")
		template := spec["template"].(map[string]any)["metadata"].(map[string]any)
		for _, labels := range []any{metadata["labels"], template["labels"]} {
			maps.DeleteFunc(labels.(map[string]any), func(label string, _ any) bool {
				return strings.HasSuffix(label, "controller-uid")
			})
		}
	}
	return accessVolume.ReplaceAllString(string(mustJSON(object)), "kube-api-access-00000")
}

// generatedKnown knows the Secrets and the ConfigMap that generated workloads reference.
type generatedKnown struct{}

func (k generatedKnown) Secret(namespace, name string) (workload.Secret, error) {
	return k.SecretIfKnown(namespace, name), nil
}

func (generatedKnown) SecretIfKnown(_, name string) workload.Secret {
	entries := samples.Entries()[name]
	switch {
	case len(entries) > 0:
		slices.Sort(entries)
		return workload.Secret{State: workload.Sealed, Key: transit.Key{Mount: "transit", Name: "app"},
			Scope: sealed.Strict, Entries: entries, EntriesKnown: true}
	case name == "plain":
		return workload.Secret{State: workload.Plain, Entries: []string{"user"}, EntriesKnown: true}
	}
	return workload.Secret{State: workload.Absent}
}

func (generatedKnown) ConfigMap(string, string) (workload.ConfigMap, error) {
	return workload.ConfigMap{State: workload.Plain, Keys: []string{"colour", "user"}}, nil
}

func (generatedKnown) WithoutVariableFiles() (workload.Without, error) {
	return workload.Without{}, nil
}

func (generatedKnown) Vault() (workload.Vault, error) {
	return workload.Vault{Address: "https://vault.example.com:8200", Method: "kubernetes"}, nil
}
