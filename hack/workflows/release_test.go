package workflows

import (
	"bytes"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// scriptOf is what a step of a workflow runs, in one of its jobs.
func scriptOf(t *testing.T, workflow, job, name string) string {
	t.Helper()
	script := ""
	each(jobOf(t, workflow, job), func(step *yaml.Node) {
		if text(get(step, "name")) == name {
			script = text(get(step, "run"))
		}
	})
	if script == "" {
		t.Fatalf("job %s of %s has no step %q with a script", job, workflow, name)
	}
	return script
}

func jobOf(t *testing.T, workflow, name string) *yaml.Node {
	t.Helper()
	job := get(get(read(t, filepath.Join(root, ".github/workflows", workflow)), "jobs"), name)
	if job == nil {
		t.Fatalf("%s has no job %s", workflow, name)
	}
	return job
}

// Everything is built and tested with the Go that go.mod's toolchain line names, so a tag always gives the same
// archives.
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
				t.Errorf("%s:%d: use ./.github/actions/go, which takes the Go of go.mod's toolchain line", d.path,
					step.Line)
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
		if !slices.ContainsFunc(steps,
			func(step *yaml.Node) bool { return text(get(step, "run")) == "make test-release" }) {
			continue
		}
		found = true
		for _, step := range steps {
			if strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") &&
				text(get(get(step, "with"), "fetch-depth")) != "0" {
				t.Errorf("ci.yaml:%d: make test-release needs fetch-depth: 0", step.Line)
			}
		}
	}
	if !found {
		t.Error("no job of ci.yaml runs make test-release")
	}
}

// gh plays GitHub's command: main has the manifest $MAIN, no branch is there, and what is written is noted in $WRITTEN.
const gh = `#!/bin/sh
case "$*" in
*"--method DELETE"*) exit 1 ;;
*"--method POST"* | *"--method PUT"*) printf '%s\n' "$@" >>"$WRITTEN" ;;
*/commits/heads/main*) echo of-main ;;
*"--jq .sha") git hash-object "$MAIN" ;;
*"--jq .content") base64 "$MAIN" ;;
*) exit 1 ;;
esac
`

// A release proposes to replace the manifest that the repository has, unless that is the same or of a later version. It
// writes to a branch of its own alone: what may write to main from a workflow, every workflow may.
func TestReleaseOffers(t *testing.T) {
	script := scriptOf(t, "release.yaml", "krew", "Prepare the pull request")
	main, err := filepath.Abs(filepath.Join(root, "plugins/vaultseal.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	offered, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^  version: (v\d+\.\d+\.\d+)$`).FindSubmatch(offered)
	if version == nil {
		t.Fatalf("%s has no version", main)
	}
	built := bytes.ReplaceAll(offered, []byte("sha256: "), []byte("sha256: 0"))
	for _, c := range []struct {
		released string
		manifest []byte
		replaces bool
	}{
		{string(version[1]), built, true},
		{string(version[1]), offered, false},
		{"v99.0.0", built, true},
		{"v0.0.1", built, false},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "gh"), []byte(gh))
		write(t, filepath.Join(dir, "vaultseal.yaml"), c.manifest)
		written := filepath.Join(dir, "written")
		bash := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
		bash.Dir = dir
		bash.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"), "MAIN="+main,
			"WRITTEN="+written,
			"GITHUB_REPOSITORY=o/r", "GITHUB_REF_NAME="+c.released, "GITHUB_SERVER_URL=https://github.com",
			"GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"))
		if out, err := bash.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c.released, err, out)
		}
		call, _ := os.ReadFile(written)
		args := strings.Split(strings.TrimSpace(string(call)), "\n")
		if !c.replaces {
			if len(call) > 0 { // not even a branch
				t.Errorf("%s: it wrote %q", c.released, args)
			}
			continue
		}
		for _, want := range []string{
			"repos/o/r/contents/plugins/vaultseal.yaml", "branch=krew-" + c.released, "message=Offer " + c.released + " through krew",
			"ref=refs/heads/krew-" + c.released, "sha=of-main",
			"content=" + base64.StdEncoding.EncodeToString(c.manifest), "sha=" + hashObject(t, main),
		} {
			if !slices.Contains(args, want) {
				t.Errorf("%s: it did not say %s: %q", c.released, want, args)
			}
		}
		summary, _ := os.ReadFile(filepath.Join(dir, "summary"))
		if want := "https://github.com/o/r/compare/main...krew-" + c.released + "?expand=1\n"; !strings.HasSuffix(
			string(summary), want) {
			t.Errorf("%s: the summary does not have %s: %s", c.released, want, summary)
		}
	}
}

func hashObject(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("git", "hash-object", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
}
