package workflows

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// yamlBlock is a block of a page.
var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// pipelineOf is the only YAML block in a section of docs/ci.md.
func pipelineOf(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "docs/ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := yamlBlock.FindAllStringSubmatch(section, -1)
	if len(blocks) != 1 {
		t.Fatalf("%d YAML blocks under %q, want one", len(blocks), heading)
	}
	return blocks[0][1]
}

// TestPipelineOfGitHub: actionlint accepts the workflow of docs/ci.md, and what it uses is what our own workflows use.
func TestPipelineOfGitHub(t *testing.T) {
	pipeline := pipelineOf(t, "GitHub Actions")
	path := filepath.Join(t.TempDir(), "pipeline.yaml")
	if err := os.WriteFile(path, []byte(pipeline), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "tool", "actionlint", path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	ours := map[string]bool{}
	for _, d := range documents(t) {
		each(d.top, func(step *yaml.Node) {
			if uses := get(step, "uses"); uses != nil {
				ours[uses.Value+" "+uses.LineComment] = true
			}
		})
	}
	found := 0
	each(read(t, path), func(step *yaml.Node) {
		uses := get(step, "uses")
		if uses == nil {
			return
		}
		found++
		if !ours[uses.Value+" "+uses.LineComment] {
			t.Errorf("docs/ci.md uses %s %s, our workflows do not", uses.Value, uses.LineComment)
		}
	})
	if found == 0 {
		t.Error("the pipeline uses no action")
	}
}

// gitlabJob has the keywords of GitLab's that docs/ci.md uses: another one is a mistake, or belongs here.
type gitlabJob struct {
	Image       any      `yaml:"image"` // a name, or name and entrypoint
	Environment string   `yaml:"environment"`
	Rules       []rule   `yaml:"rules"`
	Needs       []string `yaml:"needs"`
	Script      []string `yaml:"script"`
	Artifacts   struct {
		Paths    []string `yaml:"paths"`
		ExpireIn string   `yaml:"expire_in"`
	} `yaml:"artifacts"`
}

type rule struct {
	If string `yaml:"if"`
}

// TestPipelineOfGitLab: the pipeline has only known keywords, each job needs jobs that exist, and shellcheck accepts
// the scripts.
func TestPipelineOfGitLab(t *testing.T) {
	var jobs map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(pipelineOf(t, "GitLab")), &jobs); err != nil {
		t.Fatal(err)
	}
	delete(jobs, "variables")
	if len(jobs) != 3 {
		t.Fatalf("%d jobs, want 3", len(jobs))
	}
	for name, node := range jobs {
		text, err := yaml.Marshal(&node)
		if err != nil {
			t.Fatal(err)
		}
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		var job gitlabJob
		if err := decoder.Decode(&job); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if job.Image == nil || len(job.Script) == 0 || len(job.Rules) != 1 {
			t.Errorf("%s: want an image, a rule and a script", name)
		}
		for _, needed := range job.Needs {
			if _, found := jobs[needed]; !found {
				t.Errorf("%s needs %s, which is no job", name, needed)
			}
		}
		shellcheck := exec.Command("shellcheck", "--shell=sh", "-")
		shellcheck.Stdin = strings.NewReader("set -e\n" + strings.Join(job.Script, "\n") + "\n")
		if out, err := shellcheck.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
