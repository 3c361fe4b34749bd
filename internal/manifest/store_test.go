package manifest

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// storeOf reads the files a.yaml, with two Secrets, and b.yaml, with one.
func storeOf(t *testing.T) (files *Files, directory string) {
	t.Helper()
	directory = tree(t, map[string]string{
		"a.yaml": sealedManifest("one", "") + "---\n" + sealedManifest("two", "  namespace: other\n"),
		"b.yaml": sealedManifest("three", ""),
	})
	files, err := ReadFiles([]string{directory}, false, noStdin)
	if err == nil {
		err = files.In("here", "here")
	}
	if err != nil {
		t.Fatal(err)
	}
	return files, directory
}

// passedOn are the Secrets that Each passes to yield, by name.
func passedOn(t *testing.T, files *Files) map[string]engine.Stored {
	t.Helper()
	all := map[string]engine.Stored{}
	err := files.Each(t.Context(), engine.Selection{}, func(page []engine.Stored) error {
		for _, stored := range page {
			all[stored.Secret.Name] = stored
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFilesAreAStore: what Each passes on may be changed by its receiver, and is written to its file as one unit.
func TestFilesAreAStore(t *testing.T) {
	files, directory := storeOf(t)
	view := files.View(engine.Selection{})
	if !view.Named || view.Secrets != 3 || !slices.Equal(view.Namespaces, []string{"here", "other"}) {
		t.Errorf("%+v", view)
	}
	all := passedOn(t, files)
	if len(all) != 3 || !errors.Is(all["two"].Err, engine.ErrOutOfView) ||
		all["one"].File != filepath.Join(directory, "a.yaml") {
		t.Fatalf("%+v", all)
	}
	maps.DeleteFunc(all["one"].Secret.Data, func(string, []byte) bool { return true })
	unit := []engine.Change{{Live: all["one"].Secret, Set: newer(t)}, {Live: all["two"].Secret, Set: newer(t)}}
	for _, dryRun := range []engine.DryRun{engine.DryRunClient, engine.DryRunNone} {
		after, err := files.Write(t.Context(), unit, dryRun)
		if err != nil || len(after) != 2 || string(after[0].Data["a"]) != ciphertext(2, "a") {
			t.Fatalf("%s: %+v, %v", dryRun, after, err)
		}
		text, err := os.ReadFile(filepath.Join(directory, "a.yaml"))
		want := map[engine.DryRun]int{engine.DryRunClient: 0, engine.DryRunNone: 2}[dryRun]
		if err != nil || strings.Count(string(text), b64(ciphertext(2, "a"))) != want {
			t.Errorf("%s: %v\n%s", dryRun, err, text)
		}
	}
	if files.ManagedBy(all["one"].Secret) != "" || !files.KeepsMetadata() {
		t.Error("a tool manages what is in a file, or its metadata are written")
	}
}

// TestFilesWriteNothingElse: no new Secret, no unit of two files, no Secret that was read from elsewhere, and nothing
// that the annotations, which stay, would not fit.
func TestFilesWriteNothingElse(t *testing.T) {
	files, directory := storeOf(t)
	all := passedOn(t, files)
	bound := engine.Change{Live: all["one"].Secret, Set: newer(t), As: sealed.Secret{Scope: sealed.Strict}}
	for want, unit := range map[string][]engine.Change{
		"cannot be added": {{As: sealed.Secret{Namespace: "here", Name: "new"}, Set: newer(t)}},
		"cannot be written at once": {{Live: all["one"].Secret, Set: newer(t)},
			{Live: all["three"].Secret, Set: newer(t)}},
		kube.ErrConflict.Error(): {{Live: &corev1.Secret{}, Set: newer(t)}},
		"its annotations do not": {bound},
	} {
		if _, err := files.Write(t.Context(), unit, engine.DryRunNone); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, name := range []string{"a.yaml", "b.yaml"} {
		text, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil || strings.Contains(string(text), b64(ciphertext(2, "a"))) {
			t.Errorf("%s was written: %v", name, err)
		}
	}
	if _, err := files.Get(t.Context(), "here", "two"); !errors.Is(err, kube.ErrNotFound) {
		t.Errorf("a Secret of another namespace: %v", err)
	}
}
