package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// preCommitKeys are those that pre-commit 3 knows of a hook.
var preCommitKeys = []string{"id", "name", "entry", "language", "alias", "files", "exclude", "types", "types_or",
	"exclude_types", "additional_dependencies", "args", "always_run", "fail_fast", "pass_filenames", "description",
	"language_version", "log_file", "minimum_pre_commit_version", "require_serial", "stages", "verbose"}

// TestPreCommitHook builds the hook as pre-commit does, go install ./... with a GOPATH of its own, and runs its entry
// with the names of files after it.
func TestPreCommitHook(t *testing.T) {
	hook := readPreCommitHook(t)
	modules, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	gopath := t.TempDir()
	install := exec.Command("go", "install", "./...")
	install.Dir = guides.Root
	install.Env = append(os.Environ(), "GOPATH="+gopath, "GOBIN=", "GOMODCACHE="+strings.TrimSpace(string(modules)))
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"sealed.yaml": sealedSecretForm, "plain.yaml": plaintextSecret,
		"--context=x.yaml": plaintextSecret} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entry := strings.Fields(hook["entry"].(string))
	defaults := []string{}
	for _, arg := range hook["args"].([]any) {
		defaults = append(defaults, arg.(string))
	}
	for _, c := range []struct {
		files, out string
		passes     bool
	}{
		{"sealed.yaml", "nothing found", true},
		{"--require-scope strict sealed.yaml", "sealed.yaml:3: weak-scope: ", false},
		{"sealed.yaml plain.yaml", "plain.yaml:4: unsealed: ", false},
		{strings.Join(defaults, " ") + " sealed.yaml --context=x.yaml", "--context=x.yaml:4: unsealed: ", false},
	} {
		cmd := exec.Command(filepath.Join(gopath, "bin", entry[0]), append(entry[1:], strings.Fields(c.files)...)...)
		cmd.Dir, cmd.Env = dir, []string{}
		out, err := cmd.CombinedOutput()
		if (err == nil) != c.passes || !strings.Contains(string(out), c.out) {
			t.Errorf("%s: %v\n%s", c.files, err, out)
		}
	}
}

// readPreCommitHook reads the only hook of .pre-commit-hooks.yaml, and checks what pre-commit requires of it.
func readPreCommitHook(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(guides.Root, ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var hooks []map[string]any
	if err := yaml.UnmarshalStrict(text, &hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("%d hooks, %v", len(hooks), err)
	}
	hook := hooks[0]
	for _, key := range []string{"id", "name", "entry"} {
		if text, _ := hook[key].(string); text == "" {
			t.Fatalf("the hook has no %s", key)
		}
	}
	for key := range hook {
		if !slices.Contains(preCommitKeys, key) {
			t.Errorf("pre-commit does not know %s", key)
		}
	}
	page, err := os.ReadFile(filepath.Join(guides.Root, "docs/git.md"))
	if err != nil || !strings.Contains(string(page), "- id: "+hook["id"].(string)) {
		t.Errorf("docs/git.md does not name the hook, %v", err)
	}
	if hook["language"] != "golang" {
		t.Errorf("language %v", hook["language"])
	}
	return hook
}
