package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
)

// opened is a file of two manifests with the Secret of the name in view.
func opened(t *testing.T, path, name string) *Files {
	t.Helper()
	files, err := ReadFiles([]string{path}, false, noStdin)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range files.Secrets() {
		if m.Secret.Name == name {
			files = files.Only(m.Secret)
		}
	}
	if err := files.In("here", ""); err != nil {
		t.Fatal(err)
	}
	return files
}

// rewriteOnly writes a new value of the Secret in view, as it is now.
func rewriteOnly(t *testing.T, files *Files) error {
	t.Helper()
	name := files.Secrets()[0].Secret.Name
	live, err := files.Get(t.Context(), "here", name)
	if err != nil {
		return err
	}
	return write(t, files, live)
}

// write writes a new value of a Secret.
func write(t *testing.T, files *Files, live *corev1.Secret) error {
	t.Helper()
	_, err := files.Write(t.Context(), []engine.Change{{Live: live, Set: newer(t)}}, engine.DryRunNone)
	return err
}

// TestReread: what another command has written to the file meanwhile stays.
func TestReread(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"two.yaml": sealedManifest("a", "") + "---\n" +
		sealedManifest("b", "")}), "two.yaml")
	ours, theirs := opened(t, path, "a"), opened(t, path, "b")
	if err := rewriteOnly(t, theirs); err != nil {
		t.Fatal(err)
	}
	before, err := ours.Get(t.Context(), "here", "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := write(t, ours, before); !errors.Is(err, kube.ErrConflict) {
		t.Fatalf("%v, want a conflict", err)
	}
	if now, err := ours.Get(t.Context(), "here", "a"); err != nil || now == before {
		t.Fatalf("not read again: %v", err)
	}
	if err := write(t, ours, before); !errors.Is(err, kube.ErrConflict) {
		t.Fatalf("%v, want a conflict: it has been read again since", err)
	}
	if all := ours.Secrets(); len(all) != 1 || all[0].Secret.Name != "a" || all[0].Secret.Namespace != "here" {
		t.Fatalf("in view: %+v", all)
	}
	if err := rewriteOnly(t, ours); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), b64(ciphertext(2, "a"))) != 2 {
		t.Errorf("%v\n%s", err, text)
	}
	for name, text := range map[string]string{"gone": sealedManifest("b", ""), "broken": sealedManifest("a", "") +
		"a: [\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := write(t, ours, ours.Secrets()[0].Secret); !errors.Is(err, kube.ErrConflict) {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
		if _, err := ours.Get(t.Context(), "here", "a"); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLock: one command at a time replaces a file, and a command that was killed does not end that for good.
func TestLock(t *testing.T) {
	path := filepath.Join(tree(t, map[string]string{"a.yaml": sealedManifest("a", ""), ".a.yaml.lock": ""}), "a.yaml")
	if err := rewriteOnly(t, opened(t, path, "a")); !errors.Is(err, kube.ErrConflict) {
		t.Errorf("%v, want a conflict", err)
	}
	lock := filepath.Join(filepath.Dir(path), ".a.yaml.lock")
	old := time.Now().Add(-2 * staleLock)
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	if err := rewriteOnly(t, opened(t, path, "a")); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(lock); err == nil {
		t.Error("the lock is left")
	}
}
