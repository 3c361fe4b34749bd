package test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/test/guides"
)

// TestFreshPipelines runs the scripts of both pipelines in docs/ci.md, job after job, each in a checkout of its own of
// a real repository, with the account and the rights of that page. It needs a stack without anything of vaultseal's.
func TestFreshPipelines(t *testing.T) {
	rights, err := guides.Section(guides.Root, "docs/ci.md", "What the job needs")
	check(t, err)
	runScript(t, "kubectl vaultseal setup --namespaces default\n"+rights)
	kubeconfig := ciKubeconfig(t)
	for name, c := range map[string]struct {
		jobs func(*testing.T, *pipeline) map[string]func() result
		// what opens the request for the change
		requests string
	}{
		"GitHub Actions": {githubJobs, "pr create --fill --head rotate-sealed-secrets"},
		"GitLab": {gitlabJobs, "merge_request.create merge_request.target=main " +
			"merge_request.remove_source_branch"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t, kubeconfig)
			jobs := c.jobs(t, p)
			theStack.age(t, ciKey, 30*24*time.Hour)
			before := ciKeyVersion(t)
			ends(t, 0, jobs["check"]())
			ends(t, 0, jobs["rotate"]())
			ends(t, 0, jobs["propose"]())
			if now := ciKeyVersion(t); now != before+1 {
				t.Errorf("the key has version %v after %v", now, before)
			}
			if got := strings.TrimSpace(readText(t, p.requested)); got != c.requests {
				t.Errorf("asked for %q, want %q", got, c.requests)
			}
			p.proposes(t)

			// Again, as a retried job: nothing is old enough, so nothing is proposed.
			p.git(t, "--git-dir", p.repository, "branch", "--force", "main", "rotate-sealed-secrets")
			p.git(t, "--git-dir", p.repository, "branch", "--delete", "--force", "rotate-sealed-secrets")
			check(t, os.Remove(p.requested))
			ends(t, 0, jobs["rotate"]())
			ends(t, 0, jobs["propose"]())
			if _, err := os.Stat(p.requested); err == nil {
				t.Errorf("asked for %q though nothing has changed", readText(t, p.requested))
			}

			// A plaintext Secret in a pull request fails the check, which names the file and no value.
			p.commits(t, "manifests/plain.yaml", plainManifest)
			got := ends(t, 3, jobs["check"]())
			if said := got.stdout + got.stderr; !strings.Contains(said, "manifests/plain.yaml") ||
				strings.Contains(said, "pipeline-horse") {
				t.Errorf("the check says %s", said)
			}
		})
	}
}

const ciKey = "vaultseal/default" // which the documented setup makes

func ciKeyVersion(t *testing.T) float64 {
	t.Helper()
	version, _ := theStack.read(t, "vaultseal/keys/default", "latest_version")["latest_version"].(float64)
	return version
}

const plainManifest = `apiVersion: v1
kind: Secret
metadata: {name: plain, namespace: default}
stringData: {password: pipeline-horse}
`

// pipeline is a repository with a sealed manifest, and what its jobs share.
type pipeline struct {
	repository string // bare
	artifacts  string // a directory
	requested  string // a file with what has asked for a pull or merge request
	bin        string // programs before the others
	kubeconfig string
}

func newPipeline(t *testing.T, kubeconfig string) *pipeline {
	t.Helper()
	dir := t.TempDir()
	p := &pipeline{repository: filepath.Join(dir, "repository"), artifacts: filepath.Join(dir, "artifacts"),
		requested: filepath.Join(dir, "requested"), bin: filepath.Join(dir, "bin"), kubeconfig: kubeconfig}
	check(t, os.Mkdir(p.artifacts, 0o700))
	check(t, os.Mkdir(p.bin, 0o700))
	p.git(t, "init", "-q", "--bare", "--initial-branch=main", p.repository)
	p.git(t, "--git-dir", p.repository, "config", "receive.advertisePushOptions", "true")
	// GitLab opens the request that the options of a push ask for.
	p.program(t, filepath.Join(p.repository, "hooks", "post-receive"), `#!/bin/sh
i=0
while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
	eval "printf '%s ' \"\$GIT_PUSH_OPTION_$i\""
	i=$((i + 1))
done >>`+p.requested+`
[ -s `+p.requested+` ] || rm -f `+p.requested+`
`)
	runScript(t, `
git clone -q `+p.repository+` checkout 2>/dev/null && cd checkout
git config user.name test && git config user.email test@example.com && git switch -q -c main
mkdir manifests
kubectl delete secret app --ignore-not-found
printf '{"password": "correct horse"}' |
  kubectl vaultseal create app -f secrets.json=- --dry-run=client -o yaml > manifests/app.yaml
git add . && git commit -q -m 'Add a sealed Secret' && git push -q origin main
kubectl apply --server-side -f manifests
`)
	return p
}

func (p *pipeline) program(t *testing.T, path, text string) {
	t.Helper()
	check(t, os.WriteFile(path, []byte(text), 0o700))
}

// git runs it with the configuration of no one.
func (p *pipeline) git(t *testing.T, args ...string) string {
	t.Helper()
	git := exec.Command("git", args...)
	git.Env = append(os.Environ(), "HOME="+p.bin)
	out, err := git.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// commits a file to main.
func (p *pipeline) commits(t *testing.T, path, text string) {
	t.Helper()
	dir := p.checkout(t)
	check(t, os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600))
	for _, args := range [][]string{{"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm",
		"A change"}} {
		p.git(t, append([]string{"-C", dir}, args...)...)
	}
	p.git(t, "-C", dir, "-c", "push.default=current", "push", "-q")
}

// checkout is a fresh one of main.
func (p *pipeline) checkout(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "checkout")
	p.git(t, "clone", "-q", p.repository, dir)
	return dir
}

// proposes: the branch has the manifest under the key's latest version, and it opens.
func (p *pipeline) proposes(t *testing.T) {
	t.Helper()
	dir := p.checkout(t)
	p.git(t, "-C", dir, "checkout", "-q", "rotate-sealed-secrets")
	path := filepath.Join(dir, "manifests", "app.yaml")
	out := runScript(t, "kubectl vaultseal verify -f "+path+"\nkubectl vaultseal view -f "+path)
	if !strings.Contains(out, "correct horse") {
		t.Errorf("what was proposed opens as %s", out)
	}
}

// run runs the script of a job with a shell, in a directory.
func (p *pipeline) run(t *testing.T, dir, script string, env map[string]string, shell ...string) result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script")
	check(t, os.WriteFile(file, []byte(script), 0o600))
	job := exec.Command(shell[0], append(shell[1:], file)...)
	job.Dir = dir
	job.Env = []string{"PATH=" + p.bin + ":" + os.Getenv("PATH"), "HOME=" + p.bin, "REQUESTED=" + p.requested}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		job.Env = append(job.Env, name+"="+env[name])
	}
	var stdout, stderr strings.Builder
	job.Stdout, job.Stderr = &stdout, &stderr
	_ = job.Run()
	return result{stdout.String(), stderr.String(), job.ProcessState.ExitCode()}
}

func ends(t *testing.T, code int, got result) result {
	t.Helper()
	if got.code != code {
		t.Fatalf("exit code %d, want %d; stdout: %s; stderr: %s", got.code, code, got.stdout, got.stderr)
	}
	return got
}

// githubStep is one of a job in GitHub Actions.
type githubStep struct {
	Uses string            `json:"uses"`
	With map[string]any    `json:"with"`
	Env  map[string]string `json:"env"`
	Run  string            `json:"run"`
}

var expression = regexp.MustCompile(`\$\{\{ ([\w.]+) \}\}`)

// githubJobs are the jobs of the page's workflow, run as GitHub's runner does: a shell for each step.
func githubJobs(t *testing.T, p *pipeline) map[string]func() result {
	t.Helper()
	var workflow struct {
		Env  map[string]string
		Jobs map[string]struct{ Steps []githubStep }
	}
	check(t, yaml.Unmarshal([]byte(pipelineText(t, "GitHub Actions")), &workflow))
	p.program(t, filepath.Join(p.bin, "gh"), gh)
	jobs := map[string]func() result{}
	for name, job := range workflow.Jobs {
		jobs[name] = func() (last result) {
			dir, temp := p.checkout(t), t.TempDir()
			for _, step := range job.Steps {
				switch uses, _, _ := strings.Cut(step.Uses, "@"); uses {
				case "actions/checkout":
				case "actions/upload-artifact":
					copyFile(t, filepath.Join(dir, step.With["path"].(string)), filepath.Join(p.artifacts, "patch"))
				case "actions/download-artifact":
					copyFile(t, filepath.Join(p.artifacts, "patch"), filepath.Join(dir, "rotation.patch"))
				case "":
					env := map[string]string{"RUNNER_TEMP": temp, "GITHUB_PATH": filepath.Join(temp, "path")}
					maps.Copy(env, workflow.Env)
					for variable, text := range step.Env {
						env[variable] = expression.ReplaceAllStringFunc(text, func(found string) string {
							return p.valueOf(t, expression.FindStringSubmatch(found)[1])
						})
					}
					if last = p.run(t, dir, step.Run, env, "bash", "-e"); last.code != 0 {
						return last
					}
				default:
					t.Fatalf("the test knows no action %s", uses)
				}
			}
			return last
		}
	}
	return jobs
}

// valueOf is what GitHub puts in place of an expression.
func (p *pipeline) valueOf(t *testing.T, name string) string {
	t.Helper()
	switch name {
	case "secrets.KUBECONFIG":
		return readText(t, p.kubeconfig)
	case "github.token":
		return "token"
	}
	t.Fatalf("the test knows no %s", name)
	return ""
}

// gh plays GitHub's command: a release with the plugin that is tested, and no pull request yet.
const gh = `#!/bin/sh
case "$*" in
"release download "*)
	for archive; do :; done
	ln -s "$(command -v kubectl-vaultseal)" kubectl-vaultseal
	tar -czf "$archive" kubectl-vaultseal ;;
"attestation verify "*"--source-ref refs/tags/$VERSION --deny-self-hosted-runners --cert-identity https://github.com/vaultseal/kubectl-vaultseal/.github/workflows/release-build.yaml@refs/tags/$VERSION")
	[ -s "$3" ] ;;
"pr list "*) echo 0 ;;
*) echo "$*" >>"$REQUESTED" ;;
esac
`

// gitlabJobs are the jobs of the page's pipeline, run as GitLab's runner does: one shell for all lines.
func gitlabJobs(t *testing.T, p *pipeline) map[string]func() result {
	t.Helper()
	var all map[string]struct {
		Script      []string
		Environment string
		Needs       []string
		Artifacts   struct{ Paths []string }
	}
	text := pipelineText(t, "GitLab")
	_, text, _ = strings.Cut(text, "\n\n") // the variables
	check(t, yaml.Unmarshal([]byte(text), &all))
	jobs := map[string]func() result{}
	for name, job := range all {
		jobs[name] = func() result {
			dir := p.checkout(t)
			for range job.Needs {
				copyFiles(t, filepath.Join(p.artifacts, "manifests"), filepath.Join(dir, "manifests"))
			}
			env := map[string]string{"CI_DEFAULT_BRANCH": "main", "GITLAB_USER_NAME": "jane",
				"GITLAB_USER_EMAIL": "jane@example.com"}
			if job.Environment == "rotation" { // the variable's scope
				env["KUBECONFIG"] = p.kubeconfig
			}
			got := p.run(t, dir, strings.Join(job.Script, "\n"), env, "sh", "-e")
			for _, path := range job.Artifacts.Paths {
				copyFiles(t, filepath.Join(dir, path), filepath.Join(p.artifacts, path))
			}
			return got
		}
	}
	return jobs
}

// pipelineText is the YAML block in a section of docs/ci.md.
func pipelineText(t *testing.T, heading string) string {
	t.Helper()
	_, section, _ := strings.Cut(readText(t, "../docs/ci.md"), "\n## "+heading+"\n")
	_, after, _ := strings.Cut(section, "```yaml\n")
	text, _, found := strings.Cut(after, "\n```")
	if !found {
		t.Fatalf("docs/ci.md has no pipeline under %q", heading)
	}
	return text + "\n"
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	check(t, os.WriteFile(to, []byte(readText(t, from)), 0o600))
}

func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	check(t, os.RemoveAll(to))
	check(t, os.CopyFS(to, os.DirFS(from)))
}

// ciKubeconfig is that of the account that docs/ci.md makes.
func ciKubeconfig(t *testing.T) string {
	t.Helper()
	token, err := theStack.kubectl("", "create", "token", "ci", "--namespace", "vaultseal-system")
	check(t, err)
	config, err := clientcmd.LoadFromFile(theStack.kubeconfig)
	check(t, err)
	for user := range config.AuthInfos {
		config.AuthInfos[user] = &clientcmdapi.AuthInfo{Token: strings.TrimSpace(token)}
	}
	config.Contexts[config.CurrentContext].Namespace = "default"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	check(t, clientcmd.WriteToFile(*config, path))
	return path
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	check(t, err)
	return string(text)
}
