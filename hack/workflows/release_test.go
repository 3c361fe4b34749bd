package workflows

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// scriptOf is what a step of the release workflow runs.
func scriptOf(t *testing.T, name string) string {
	t.Helper()
	script := ""
	each(read(t, filepath.Join(root, ".github/workflows/release.yaml")), func(step *yaml.Node) {
		if text(get(step, "name")) == name {
			script = text(get(step, "run"))
		}
	})
	if script == "" {
		t.Fatalf("release.yaml has no step %q with a script", name)
	}
	return script
}

// Everything is built and tested with the Go that go.mod's toolchain line names, so a tag always gives the same archives.
func TestGoVersion(t *testing.T) {
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	toolchain := regexp.MustCompile(`(?m)^toolchain go(1\.\d+\.\d+)$`).FindSubmatch(module)
	if toolchain == nil {
		t.Fatal("go.mod has no toolchain line")
	}
	action := filepath.Join(root, ".github/actions/go/action.yaml")
	for _, d := range documents(t) {
		each(d.top, func(step *yaml.Node) {
			if strings.HasPrefix(text(get(step, "uses")), "actions/setup-go@") && d.path != action {
				t.Errorf("%s:%d: use ./.github/actions/go, which takes the Go of go.mod's toolchain line", d.path, step.Line)
			}
		})
	}
	var script, version string
	each(read(t, action), func(step *yaml.Node) {
		if text(get(step, "id")) == "toolchain" {
			script = text(get(step, "run"))
		}
		if with := get(step, "with"); with != nil {
			version = text(get(with, "go-version"))
		}
	})
	output := filepath.Join(t.TempDir(), "output")
	bash := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
	bash.Dir, bash.Env = root, append(os.Environ(), "GITHUB_OUTPUT="+output)
	if out, err := bash.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, _ := os.ReadFile(output)
	if string(got) != "version="+string(toolchain[1])+"\n" || version != "${{ steps.toolchain.outputs.version }}" {
		t.Errorf("the step gives %q and setup-go takes %q, want version=%s", got, version, toolchain[1])
	}
}

// The release's test builds older commits, so its job needs the history.
func TestReleaseHistory(t *testing.T) {
	found := false
	jobs := get(read(t, filepath.Join(root, ".github/workflows/ci.yaml")), "jobs")
	for i := 1; i < len(jobs.Content); i += 2 {
		steps := get(jobs.Content[i], "steps").Content
		if !slices.ContainsFunc(steps, func(step *yaml.Node) bool { return text(get(step, "run")) == "make test-release" }) {
			continue
		}
		found = true
		for _, step := range steps {
			if strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") && text(get(get(step, "with"), "fetch-depth")) != "0" {
				t.Errorf("ci.yaml:%d: make test-release needs fetch-depth: 0", step.Line)
			}
		}
	}
	if !found {
		t.Error("no job of ci.yaml runs make test-release")
	}
}
