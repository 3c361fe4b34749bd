// Package workflows checks of .github what actionlint does not: that nothing which runs can be
// exchanged, that rights are small, and that what is called exists.
package workflows

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../.."

// document is a workflow or an action.
type document struct {
	path string
	top  *yaml.Node // a mapping
}

func (d document) isWorkflow() bool { return filepath.Base(filepath.Dir(d.path)) == "workflows" }

func documents(t *testing.T) []document {
	t.Helper()
	var found []document
	for _, pattern := range []string{"workflows/*", "actions/*/action.y*ml"} {
		paths, err := filepath.Glob(filepath.Join(root, ".github", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
		}
		for _, path := range paths {
			found = append(found, document{path, read(t, path)})
		}
	}
	return found
}

func read(t *testing.T, path string) *yaml.Node {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return node.Content[0]
}

// get is the value of a mapping's key, or nil.
func get(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

func text(node *yaml.Node) string {
	if node == nil {
		return ""
	}
	return node.Value
}

// each calls do with every mapping below node, and node itself.
func each(node *yaml.Node, do func(mapping *yaml.Node)) {
	if node.Kind == yaml.MappingNode {
		do(node)
	}
	for _, child := range node.Content {
		each(child, do)
	}
}

var (
	pinnedAction = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	version      = regexp.MustCompile(`^# v\d+\.\d+\.\d+\b`)
	pinnedImage  = regexp.MustCompile(`^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$`)
)

// Someone who takes over an action or an image cannot replace what is pinned.
func TestPins(t *testing.T) {
	pins := map[string]string{} // action or image -> what it is pinned to
	for _, d := range documents(t) {
		check := func(pinned bool, node *yaml.Node) {
			name, _, _ := strings.Cut(node.Value, "@")
			name, _, _ = strings.Cut(name, ":")
			pin := node.Value + " " + node.LineComment
			switch {
			case !pinned:
				t.Errorf("%s:%d: %s is not pinned by a digest and a version", d.path, node.Line, pin)
			case pins[name] != "" && pins[name] != node.Value:
				t.Errorf("%s:%d: %s here, %s elsewhere", d.path, node.Line, node.Value, pins[name])
			}
			pins[name] = node.Value
		}
		each(d.top, func(mapping *yaml.Node) {
			if uses := get(mapping, "uses"); uses != nil && !strings.HasPrefix(uses.Value, "./") {
				check(pinnedAction.MatchString(uses.Value) && version.MatchString(uses.LineComment), uses)
			}
			image := get(mapping, "container")
			if named := get(image, "image"); named != nil {
				image = named
			}
			if image != nil {
				check(pinnedImage.MatchString(image.Value), image)
			}
		})
	}
}

// A job has the rights that it names, and no more; no event gives a stranger's change any.
func TestRights(t *testing.T) {
	for _, d := range documents(t) {
		if !d.isWorkflow() {
			continue
		}
		permissions := get(d.top, "permissions")
		if permissions == nil || permissions.Kind != yaml.MappingNode {
			t.Fatalf("%s: no permissions", d.path)
		}
		for i := 0; i < len(permissions.Content); i += 2 {
			if permissions.Content[i+1].Value != "read" {
				t.Errorf("%s: every job has the permission %s", d.path, permissions.Content[i].Value)
			}
		}
		for _, event := range []string{"pull_request_target", "workflow_run", "issue_comment"} {
			if get(get(d.top, "on"), event) != nil {
				t.Errorf("%s: runs on %s", d.path, event)
			}
		}
		jobs := get(d.top, "jobs")
		for i := 0; i < len(jobs.Content); i += 2 {
			if job := jobs.Content[i+1]; get(job, "timeout-minutes") == nil && get(job, "uses") == nil {
				t.Errorf("%s: job %s has no timeout", d.path, jobs.Content[i].Value)
			}
		}
		each(d.top, func(step *yaml.Node) {
			if strings.HasPrefix(text(get(step, "uses")), "actions/checkout@") &&
				text(get(get(step, "with"), "persist-credentials")) != "false" {
				t.Errorf("%s:%d: the token stays on disk", d.path, step.Line)
			}
		})
	}
}

var makes = regexp.MustCompile(`\bmake((?: +[\w./=$"-]+)+)`)

// commands are the calls of make in a script: their words, options left out.
func commands(script string) [][]string {
	var found [][]string
	for line := range strings.Lines(script) {
		line, _, _ = strings.Cut(line, " #")
		for _, match := range makes.FindAllStringSubmatch(line, -1) {
			found = append(found,
				slices.DeleteFunc(strings.Fields(match[1]), func(word string) bool { return word[0] == '-' }))
		}
	}
	return found
}

// targetsOf are the targets in a call of make, whose variables come after them.
func targetsOf(words []string) []string {
	for i, word := range words {
		if strings.Contains(word, "=") {
			return words[:i]
		}
	}
	return words
}

// Scripts hold nothing that GitHub fills in before the shell reads them, and call targets that there are.
func TestScripts(t *testing.T) {
	ran := map[string]bool{} // by ci.yaml
	for _, d := range documents(t) {
		each(d.top, func(step *yaml.Node) {
			run := get(step, "run")
			if run == nil || run.Kind != yaml.ScalarNode {
				return
			}
			if strings.Contains(run.Value, "${{") {
				t.Errorf("%s:%d: an expression in a script: give it to it in env", d.path, run.Line)
			}
			for _, words := range commands(run.Value) {
				if filepath.Base(d.path) == "ci.yaml" {
					ran[strings.Join(words, " ")] = true
				}
				targets := targetsOf(words)
				if out, err := exec.Command("make",
					append([]string{"-C", root, "--dry-run"}, targets...)...).CombinedOutput(); err != nil {
					t.Errorf("%s:%d: make %s: %v\n%s", d.path, run.Line, strings.Join(targets, " "), err, out)
				}
			}
		})
	}
	local, err := os.ReadFile(filepath.Join(root, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(local)) {
		if call, ok := strings.CutPrefix(line, "step "); ok {
			for _, words := range commands(call) {
				targets := targetsOf(words)
				variables := words[len(targets):]
				for _, target := range targets {
					if !ran[target] && !ran[strings.Join(append([]string{target}, variables...), " ")] {
						t.Errorf("ci.yaml does not run make %s, which .ci/run does", target)
					}
				}
			}
		}
	}
}

// A published release is not built again, nor is one while GitHub does not answer whether it exists.
func TestReleaseOnce(t *testing.T) {
	script := scriptOf(t, "release.yaml", "new", "Its release is not out yet")
	for status, goesOn := range map[int]bool{http.StatusOK: false, http.StatusNotFound: true,
		http.StatusForbidden: false, http.StatusBadGateway: false} {
		asked := ""
		github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path + " " + r.Header.Get("Authorization")
			w.WriteHeader(status)
		}))
		bash := exec.Command("bash", "-e", "-o", "pipefail", "-c", script)
		bash.Env = append(os.Environ(), "GITHUB_API_URL="+github.URL, "GITHUB_REPOSITORY=o/r", "GITHUB_REF_NAME=v1.2.3",
			"TOKEN=of-the-job", "no_proxy=*")
		out, err := bash.CombinedOutput()
		github.Close()
		if asked != "/repos/o/r/releases/tags/v1.2.3 Bearer of-the-job" {
			t.Errorf("%d: asked %q", status, asked)
		}
		if (err == nil) != goesOn {
			t.Errorf("%d: %v\n%s", status, err, out)
		}
	}
}

// Each module of the repository is kept up to date, and each action. What stands in for parts of Vault is as old as it.
func TestDependencyUpdates(t *testing.T) {
	var want, got []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		if entry.IsDir() && path != root && (name[0] == '.' || strings.Contains(" bin dist absent ", " "+name+" ")) {
			return fs.SkipDir
		}
		if name == "go.mod" {
			dir, _ := filepath.Rel(root, filepath.Dir(path))
			want = append(want, "gomod "+filepath.ToSlash(filepath.Join("/", dir)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, "github-actions /")
	actions, _ := filepath.Glob(filepath.Join(root, ".github/actions/*"))
	for _, dir := range actions {
		want = append(want, "github-actions /.github/actions/"+filepath.Base(dir))
	}
	for _, update := range get(read(t, filepath.Join(root, ".github/dependabot.yml")), "updates").Content {
		for _, dir := range get(update, "directories").Content {
			got = append(got, text(get(update, "package-ecosystem"))+" "+dir.Value)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("dependabot.yml names\n%s\nthere are\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
